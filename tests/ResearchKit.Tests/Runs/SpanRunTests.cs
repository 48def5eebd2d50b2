using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Data.Squad;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Models;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Data;
using ResearchKit.Tests.Data.Squad;
using ResearchKit.Training;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Runs;

/// <summary>Tasks of spans from training to the file that SQuAD's script takes, on invented texts.</summary>
public sealed class SpanRunTests : IDisposable
{
    private static readonly string[] s_metrics = ["exact match", "f1", "loss"];

    private readonly SquadFolder _squad = new SquadFolder().WithBirds();
    private readonly MiniWordNet _wordNet = Kinds();
    private readonly Variable _data, _words;

    public SpanRunTests() => (_data, _words) = (new("KIT_DATA", _squad.Root), new("WORDNET", _wordNet.Folder));

    public void Dispose()
    {
        _data.Dispose();
        _words.Dispose();
        _squad.Dispose();
        _wordNet.Dispose();
    }

    // Nouns of eight kinds, whose definitions name the kind.
    private static MiniWordNet Kinds()
    {
        var mini = new MiniWordNet();
        int entity = mini.Add('n', 3, "entity", "that which is");
        string[] kinds = ["bird", "fish", "tool", "game", "drink", "dance", "stone", "cloth"];
        for (int kind = 0; kind < kinds.Length; kind++)
        {
            int parent = mini.Add('n', 5 + kind / 2, kinds[kind], $"any {kinds[kind]} there is", ("@", entity));
            for (int i = 0; i < 20; i++) mini.Add('n', 5 + kind / 2, $"{kinds[kind]}{i}", $"a {kinds[kind]} of sort {i}", ("@", parent));
        }
        mini.Add('v', 38, "go", "move away");
        mini.Add('a', 0, "big", "above average");
        mini.Add('r', 2, "hugely", "in a huge manner");
        return mini.Write();
    }

    private string At(string path) => Path.Combine(_squad.Root, path);

    private Spoken Train(string name, string task, string method, params string[] set)
    {
        var recipe = new JsonObject
        {
            ["name"] = name,
            ["data"] = new JsonObject { ["task"] = task, ["maxLength"] = 64 },
            ["tokenizer"] = new JsonObject { ["vocabulary"] = 300 },
            ["student"] = new JsonObject { ["layers"] = 1, ["width"] = 16, ["heads"] = 2, ["dropout"] = 0 },
            ["method"] = new JsonObject { ["name"] = method },
            ["train"] = new JsonObject { ["steps"] = 12, ["batchSize"] = 8, ["learningRate"] = 1e-2, ["device"] = "cpu" },
        };
        File.WriteAllText(At($"{name}.json"), recipe.ToJsonString());
        return Spoken.By(["train", At($"{name}.json"), "--out", At(name), .. set.SelectMany(s => (string[])["--set", s])]);
    }

    private RunFolder Trained(string name, string task, string method, params string[] set)
    {
        var spoken = Train(name, task, method, set);
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        return new(At(name));
    }

    private string Refused(string name, string task, string method, params string[] set)
    {
        var spoken = Train(name, task, method, set);
        Assert.NotEqual(ExitCode.Success, spoken.Code);
        Assert.False(Directory.Exists(At(name)));   // said before the run is begun
        return spoken.Error;
    }

    private static JsonObject Evaluated(params string[] arguments)
    {
        var spoken = Spoken.By(["eval", .. arguments, "--json"]);
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        return JsonNode.Parse(spoken.Output)!.AsObject();
    }

    private static void Same(IReadOnlyDictionary<string, double> expected, JsonNode measured)
    {
        Assert.Equal(expected.Keys, measured.AsObject().Select(m => m.Key));
        Assert.All(expected, m => Assert.Equal(m.Value, measured[m.Key]!.GetValue<double>(), 1e-6));
    }

    [Fact]
    public void What_a_teacher_says_is_kept_for_the_next_run()
    {
        using var cache = new Variable("XDG_CACHE_HOME", At("cache"));
        var teacher = Trained("teacher", "wordnet-span", "fine-tune");
        string[] kept = [$"teacher={teacher.Path}", "train.cacheTeacher=true"];
        Assert.Contains(" rows, once; what it says is kept in ", Train("student", "wordnet-span", "kd", kept).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(" rows, once", Train("other", "wordnet-span", "kd", [.. kept, "train.learningRate=0.001", "train.seeds.data=2"]).Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(At("cache/researchkit/teachers")));
        Assert.True(File.Exists(new RunFolder(At("other")).ResultsFile));
        Assert.Contains("looks into the teacher", Refused("inner", "wordnet-span", "minilm", kept), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kd", "L_Soft-CE")]
    [InlineData("pkd", "L_PKD")]
    public void A_student_learns_spans_from_a_teacher_and_eval_says_what_the_run_says(string method, string symbol)
    {
        var teacher = Trained("teacher", "wordnet-span", "fine-tune", "student.layers=3");
        Assert.Equal(s_metrics, teacher.Results().Metrics.Keys);
        Assert.Equal("BertForQuestionAnswering", JsonNode.Parse(File.ReadAllText(Path.Combine(teacher.ModelFolder, "config.json")))!["architectures"]![0]!.GetValue<string>());

        var student = Trained("student", "wordnet-span", method, $"teacher={teacher.Path}", "student.layers=2", "train.steps=40", "train.evaluateEvery=20", "train.bestMetric=f1");
        var results = student.Results();
        Assert.Equal([.. s_metrics, "span agreement"], results.Metrics.Keys);
        var steps = MetricsLog.Read(student.MetricsFile);
        Assert.All(steps, s => Assert.Contains(symbol, s.Terms.Keys));
        Assert.True(steps.TakeLast(5).Average(s => s.Terms["L_CE"]) < steps.Take(5).Average(s => s.Terms["L_CE"]) - 0.3);
        Assert.Contains(steps, s => s.Evaluation?.ContainsKey("f1") == true);
        Same(results.Metrics, Evaluated(student.Path)["metrics"]!);
        Same(results.Metrics, Evaluated(student.Path, "--task", "wordnet-span", "--reference", teacher.Path)["metrics"]!);
        Assert.Contains("exact match", Spoken.By("compare", teacher.Path, student.Path).Output);

        var evaluated = Evaluated(student.Path, "--responses", At("answers.jsonl"));
        var rows = File.ReadAllLines(At("answers.jsonl")).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(evaluated["rows"]!.GetValue<int>(), rows.Count);
        Assert.Equal(results.Metrics["f1"], rows.Average(r => r["f1"]!.GetValue<double>()), 1e-6);
        Assert.Equal(TaskCatalog.Open("wordnet-span").Examples(Split.Test).Cast<SpanExample>().Select(e => e.Question), rows.Select(r => r["question"]!.GetValue<string>()));
    }

    [Fact]
    public void Texts_longer_than_a_row_are_learnt_and_judged_by_windows()
    {
        var spoken = Train("windows", "wordnet-span", "fine-tune", "data.maxLength=24", "data.stride=6");
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        var questions = TaskCatalog.Open("wordnet-span").Examples(Split.Train).Count;
        var results = new RunFolder(At("windows")).Results();
        Assert.True(results.TrainingRows > 2 * questions, $"{results.TrainingRows} rows of {questions} questions");
        Assert.Contains($"{questions} questions are {results.TrainingRows} rows of at most 24 tokens", spoken.Error + spoken.Output);
        Same(results.Metrics, Evaluated(At("windows"))["metrics"]!);
    }

    [Fact]
    public void Squad_2_is_learnt_judged_and_submitted_as_its_script_counts()
    {
        var run = Trained("squad2", "squad2", "fine-tune", "train.steps=120");
        var metrics = run.Results().Metrics;
        Assert.Equal([.. s_metrics, "has-answer f1", "no-answer f1", "best exact match", "best f1", "threshold"], metrics.Keys);
        Assert.True(metrics["f1"] > 0.8, $"F1 is {metrics["f1"]}");   // it has learnt what the invented texts say
        Assert.InRange(metrics["f1"], 0, metrics["best f1"] + 1e-12);
        Same(metrics, Evaluated(run.Path)["metrics"]!);

        var spoken = Spoken.By("eval", run.Path, "--submission", At("submission"));
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        Assert.Contains("predictions.json: 9 predictions for squad2", spoken.Output);
        Dictionary<string, T> Read<T>(string file) => JsonSerializer.Deserialize<Dictionary<string, T>>(File.ReadAllText(At($"submission/{file}")))!;
        Dictionary<string, string> predictions = Read<string>("predictions.json"), answers = Read<string>("answers.json");
        var leads = Read<double>("na_prob.json");
        var gold = SquadFile.Read(_squad.File("2.0", "dev"), mayBeMissing: true).SelectMany(a => a.Questions).ToList();
        Assert.Equal(gold.Select(g => g.Id), predictions.Keys);
        Assert.Equal(metrics["f1"], gold.Average(g => SquadMetrics.F1(predictions[g.Id!], g.References)), 1e-9);
        Assert.Equal(metrics["exact match"], gold.Average(g => SquadMetrics.ExactMatch(predictions[g.Id!], g.References)), 1e-9);
        Assert.All(gold, g => Assert.Equal(leads[g.Id!] > 0 ? "" : answers[g.Id!], predictions[g.Id!]));
        Assert.Equal(metrics["best f1"], gold.Average(g => SquadMetrics.F1(leads[g.Id!] > metrics["threshold"] ? "" : answers[g.Id!], g.References)), 1e-9);

        // Of version 1.1 every text has an answer, so one is always given.
        Assert.Equal(s_metrics, Evaluated(run.Path, "--task", "squad")["metrics"]!.AsObject().Select(m => m.Key));
        Assert.Equal(ExitCode.Success, Spoken.By("eval", run.Path, "--task", "squad", "--submission", At("first")).Code);
        Assert.Equal(["predictions.json"], Directory.GetFiles(At("first")).Select(f => Path.GetFileName(f)));
        Assert.DoesNotContain("", JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(At("first/predictions.json")))!.Values);
        Assert.Contains("'wordnet-span' is no task of GLUE and no version of SQuAD", Spoken.By("eval", run.Path, "--task", "wordnet-span", "--submission", At("none")).Error);
    }

    [Theory]
    [InlineData("strict")]
    [InlineData("partial")]
    public void A_classifier_is_a_start_that_gets_a_head_of_spans(string load)
    {
        var classifier = Trained("classifier", "wordnet-topic", "fine-tune");
        var run = Trained("spans", "squad", "fine-tune", $"student={{\"from\":\"{classifier.Path}\",\"load\":\"{load}\"}}", "train.steps=1", "train.learningRate=0");
        using SavedModel start = SavedModel.Load(classifier.Path, CPU), model = SavedModel.Load(run.Path, CPU);
        Assert.Equal(EncoderHead.Span, Assert.IsType<BertConfig>(model.Model.Config).Head);
        var theirs = start.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var ours = model.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(["qa_outputs.bias", "qa_outputs.weight"], ours.Keys.Except(theirs.Keys).Order());
        Assert.All(ours.Keys.Intersect(theirs.Keys), name => Assert.Equal(theirs[name].data<float>().ToArray(), ours[name].data<float>().ToArray()));
        Assert.Contains(ours["qa_outputs.weight"].data<float>().ToArray(), w => w != 0);
        Assert.Contains("without a head of spans", Spoken.By("eval", classifier.Path, "--task", "squad").Error);
    }

    [Fact]
    public void What_does_not_fit_is_said_before_a_run_begins()
    {
        Assert.Contains("asks for spans, and a gpt2 answers with text. Choose one of bert", Refused("a", "squad", "fine-tune", "student.architecture=gpt2"));
        Assert.Contains("Saliency loyalty is of classes, and 'squad' asks for spans", Refused("b", "squad", "fine-tune", "evaluation.saliency=true"));
        Assert.Contains("'squad' asks for none", Refused("c", "squad", "fine-tune", "evaluation.measures=[\"rouge\"]"));
        Assert.Contains("evaluation.span.nBest", Refused("d", "squad", "fine-tune", "evaluation.span.nBest=0"));
        var classifier = Trained("classifier", "wordnet-topic", "fine-tune");
        Assert.Contains("number of classes is 0, the teacher's is", Refused("e", "squad", "kd", $"teacher={classifier.Path}"));
    }
}
