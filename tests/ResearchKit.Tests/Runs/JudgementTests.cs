using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Training;
using Xunit;

namespace ResearchKit.Tests.Runs;

/// <summary>What a recipe asks to be judged by, from the training to <c>kit eval</c>.</summary>
public sealed class JudgementTests : IDisposable
{
    private static readonly string[] s_all = ["evaluation.measures=[\"rouge\",\"transfer\",\"exposure\"]", "evaluation.generate={\"seeds\":[10,20],\"maxNewTokens\":6}", "evaluation.exposure.tokens=4"];
    private readonly TinyTask _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private Spoken Train(string name, string task, string method, params string[] set) =>
        Spoken.By(["train", _tiny.Recipe(name, task, new() { ["name"] = method }), "--out", _tiny.At(name), .. set.SelectMany(s => (string[])["--set", s])]);

    private RunFolder Trained(string name, string task, string method, params string[] set)
    {
        var spoken = Train(name, task, method, set);
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        return new(_tiny.At(name));
    }

    private string Refused(string name, string task, string method, params string[] set)
    {
        var spoken = Train(name, task, method, set);
        Assert.NotEqual(ExitCode.Success, spoken.Code);
        Assert.False(Directory.Exists(_tiny.At(name)));   // said before the run is begun
        return spoken.Error;
    }

    [Fact]
    public void A_run_is_judged_by_what_its_recipe_asks_and_eval_says_the_same()
    {
        var teacher = Trained("teacher", "answers", "sft").Path;
        string[] set = [$"teacher={teacher}", .. s_all];
        var run = Trained("okd", "answers", "okd", ["method.rank=2", "method.teacherRate=5", .. set]);
        var results = run.Results();
        string[] parted = ["teacher agreement", "teacher kl", "logit std", "adapted agreement", "adapted kl"];
        string[] expected = ["loss", "perplexity", "next token", "uncertainty", "teacher logit std", .. parted.SelectMany(n => (string[])[n, n + " hard", n + " easy"]),
            "rouge-l", "rouge-l spread", "exact match", "response length", "exaccerr"];
        Assert.Equal(expected.Order(), results.Metrics.Keys.Order());
        Assert.NotEqual(results.Metrics["teacher kl"], results.Metrics["adapted kl"]);

        var rows = File.ReadAllLines(run.ResponsesFile()).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(16, rows.Count);
        Assert.Equal([10, 20], rows[0]["responses"]!.AsArray().Select(r => r!["seed"]!.GetValue<int>()));
        Assert.Equal(results.Metrics["rouge-l"], rows.Average(r => r["responses"]!.AsArray().Average(x => x!["rougeL"]!.GetValue<double>())), 1e-9);
        var curve = JsonNode.Parse(File.ReadAllText(run.ExposureFile))!["excess"]!.AsArray();
        Assert.Equal(results.Metrics["exaccerr"], curve[^1]!.GetValue<double>());

        // The adapter of the run is found beside it, and what is sampled is sampled again.
        var again = ModelEvaluation.Run(new(run.Path, Device: "cpu"));
        Assert.Equal(results.Metrics.Keys.Order(), again.Metrics.Keys.Order());
        Assert.All(again.Metrics, m => Assert.Equal(results.Metrics[m.Key], m.Value, 1e-5));

        // A run without an adapter, on its own measures; and on others that are asked for.
        var student = Trained("fkl", "answers", "fkl", set);
        Assert.DoesNotContain("adapted kl", student.Results().Metrics.Keys);
        var spoken = Spoken.By("eval", student.Path, "--task", _tiny.At("answers"), "--measure", "rouge", "--limit", "5", "--responses", _tiny.At("said.jsonl"), "--device", "cpu");
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        Assert.Contains("rouge-l ", spoken.Output);
        Assert.DoesNotContain("exaccerr", spoken.Output);
        Assert.Equal(5, File.ReadAllLines(_tiny.At("said.jsonl")).Length);
        Assert.Contains("--measure rouge", Spoken.By("eval", student.Path, "--measure", "transfer", "--responses", _tiny.At("x"), "--device", "cpu").Error);
    }

    [Fact]
    public void Other_tasks_are_answered_in_the_same_run()
    {
        Directory.CreateDirectory(_tiny.At("more"));
        foreach (var split in (string[])["train", "test"]) File.WriteAllText(_tiny.At($"more/{split}.tsv"), "prompt\tresponse\nowl 3:\t an animal\nsaw 9:\t a tool\n");
        var run = Trained("both", "answers", "sft", $"evaluation.also=[{JsonValue.Create(_tiny.At("more")).ToJsonString()}]", "evaluation.generate={\"seeds\":[10],\"maxNewTokens\":6}");
        Assert.Equal(["loss", "perplexity", "next token", "more rouge-l", "more exact match", "more response length"], run.Results().Metrics.Keys);
        Assert.Equal(2, File.ReadAllLines(run.ResponsesFile("more")).Length);
        Assert.False(File.Exists(run.ResponsesFile()));
        Assert.Contains("asks for no text", Refused("neither", "answers", "sft", $"evaluation.also=[{JsonValue.Create(_tiny.At("classes")).ToJsonString()}]"));
    }

    [Fact]
    public void Another_task_is_compared_with_the_runs_teacher_where_a_measure_compares_and_needs_none_else()
    {
        var teacher = Trained("teacher", "answers", "sft").Path;
        var student = Trained("student", "answers", "fkl", $"teacher={teacher}").Path;
        Directory.CreateDirectory(_tiny.At("more"));
        foreach (var split in (string[])["train", "test"]) File.WriteAllText(_tiny.At($"more/{split}.tsv"), "prompt\tresponse\nowl 3:\t an animal\nsaw 9:\t a tool\n");
        Assert.Contains("teacher kl hard", ModelEvaluation.Run(new(student, _tiny.At("more"), Device: "cpu", Measures: ["transfer"])).Metrics.Keys);
        Directory.Move(teacher, teacher + "-gone");
        Assert.Equal(["loss", "perplexity", "next token", "rouge-l", "rouge-l spread", "exact match", "response length"],
            ModelEvaluation.Run(new(student, _tiny.At("more"), Device: "cpu", Measures: ["rouge"])).Metrics.Keys);
    }

    [Fact]
    public void By_default_nothing_more_is_measured_or_kept()
    {
        var run = Trained("plain", "answers", "sft");
        Assert.Equal(["loss", "perplexity", "next token"], run.Results().Metrics.Keys);
        Assert.False(File.Exists(run.ResponsesFile()) || File.Exists(run.ExposureFile));
    }

    [Fact]
    public void Weights_can_be_chosen_by_what_they_write()
    {
        var run = Trained("chosen", "answers", "sft", "evaluation.duringTraining=[\"rouge\"]", "evaluation.generate={\"maxNewTokens\":6}", "train.bestMetric=rouge-l", "train.evaluateEvery=6");
        var measured = MetricsLog.Read(run.MetricsFile).Where(s => s.Evaluation is not null).Select(s => s.Evaluation!).ToList();
        Assert.Equal(2, measured.Count);
        Assert.All(measured, m => Assert.Contains("rouge-l", m.Keys));
        Assert.All(measured, m => Assert.DoesNotContain("rouge-l spread", m.Keys));   // one seed
    }

    [Fact]
    public void What_cannot_be_measured_is_said_before_a_run_begins()
    {
        Assert.Contains("There is no measure 'rogue' (did you mean rouge?)", Refused("a", "answers", "sft", "evaluation.measures=[\"rogue\"]"));
        Assert.Contains("'transfer' compares with a teacher, and there is none", Refused("b", "answers", "sft", "evaluation.measures=[\"rouge\",\"transfer\"]"));
        Assert.Contains("asks for none", Refused("c", "classes", "fine-tune", "evaluation.measures=[\"rouge\"]"));
        Assert.Contains("at least one, each once", Refused("d", "answers", "sft", "evaluation.generate.seeds=[3,3]"));
        Assert.Contains("maxNewTokens", Refused("e", "answers", "sft", "evaluation.generate.maxNewTokens=0"));
        Assert.Contains("None of the 64 training rows", Refused("f", "answers", "sft", "data.promptLimit=1"));
    }

    [Fact]
    public void Rows_with_long_prompts_are_left_out_and_counted()
    {
        // Two digits make a prompt longer than one does, whatever the vocabulary has learnt: so some stay, and some go.
        var all = Trained("all", "answers", "sft").Results().TrainingRows;
        for (int limit = 2; limit < 20; limit++)
        {
            var spoken = Train($"limited{limit}", "answers", "sft", $"data.promptLimit={limit}");
            if (spoken.Code != ExitCode.Success) continue;
            int rows = new RunFolder(_tiny.At($"limited{limit}")).Results().TrainingRows;
            if (rows == all) continue;
            Assert.InRange(rows, 1, all - 1);
            Assert.Contains($"prompts of more than {limit} tokens left out: {all - rows} of {all} training rows", spoken.Error + spoken.Output);
            return;
        }
        Assert.Fail("No limit parted the rows.");
    }
}
