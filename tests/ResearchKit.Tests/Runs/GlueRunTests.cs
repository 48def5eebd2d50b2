using System.Globalization;
using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Data;
using ResearchKit.Data.Tasks;
using ResearchKit.Evaluation;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using ResearchKit.Tests.Data.Glue;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Runs;

/// <summary>Runs on tasks of GLUE from training to the file that its server takes, on invented rows.</summary>
public sealed class GlueRunTests : IDisposable
{
    private readonly GlueFolder _glue = new();
    private readonly Variable _data;

    public GlueRunTests() => _data = new("KIT_DATA", _glue.Root);

    public void Dispose()
    {
        _data.Dispose();
        _glue.Dispose();
    }

    private string At(string path) => Path.Combine(_glue.Root, path);

    private (int Code, string Error, string Run) Train(string name, string task, string method, params string[] set)
    {
        var recipe = new JsonObject
        {
            ["name"] = name,
            ["data"] = new JsonObject { ["task"] = task, ["maxLength"] = 24 },
            ["tokenizer"] = new JsonObject { ["vocabulary"] = 300 },
            ["student"] = new JsonObject { ["layers"] = 1, ["width"] = 16, ["heads"] = 2 },
            ["method"] = new JsonObject { ["name"] = method },
            ["train"] = new JsonObject { ["steps"] = 40, ["batchSize"] = 8, ["learningRate"] = 1e-2, ["device"] = "cpu" },
        };
        File.WriteAllText(At($"{name}.json"), recipe.ToJsonString());
        var spoken = Spoken.By(["train", At($"{name}.json"), "--out", At(name), .. set.SelectMany(s => (string[])["--set", s])]);
        return (spoken.Code, spoken.Error, At(name));
    }

    private string Trained(string name, string task, string method, params string[] set)
    {
        var (code, error, run) = Train(name, task, method, set);
        Assert.True(code == ExitCode.Success, error);
        return run;
    }

    private static float[][] Said(string run, string task)
    {
        using var saved = SavedModel.Load(run, CPU);
        var samples = new SampleEncoder(saved.Tokenizer, 24).Encode(TaskCatalog.Open(task).Examples(Split.Test));
        return new ClassEvaluation(samples, new Collator(saved.Tokenizer.PaddingId!.Value, CPU), 3).Predict(saved.Model).Logits;
    }

    [Fact]
    public void A_classifier_of_the_local_task_is_submitted_for_the_official_test_rows()
    {
        _glue.WithSst2();
        var run = Trained("sst2", "sst2-local", "fine-tune");
        Assert.Equal(["accuracy", "loss"], new RunFolder(run).Results().Metrics.Keys);

        var spoken = Spoken.By("eval", run, "--submission", At("submission"));
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        Assert.Contains("SST-2.tsv: 7 predictions for sst2", spoken.Output);
        string[] lines = File.ReadAllText(At("submission/SST-2.tsv")).Split('\n');
        Assert.Equal(["index\tprediction", .. Said(run, "sst2").Select((row, i) => $"{i}\t{(row[1] > row[0] ? 1 : 0)}"), ""], lines);
        // It has learnt what the invented rows say.
        Assert.Equal([0, 1, 0, 1, 0, 1, 0], lines[1..^1].Select(l => int.Parse(l.Split('\t')[1], CultureInfo.InvariantCulture)));

        var refused = Spoken.By("eval", run, "--submission", At("submission"), "--limit", "3");
        Assert.Equal(ExitCode.Refused, refused.Code);
        Assert.Contains("--limit says what is measured, and --submission measures nothing", refused.Error);
        refused = Spoken.By("eval", run, "--task", "wordnet-topic", "--submission", At("submission"));
        Assert.Equal(ExitCode.Refused, refused.Code);
        Assert.Contains("'wordnet-topic' is no task of GLUE", refused.Error);
    }

    [Fact]
    public void Classes_are_written_by_name_where_the_official_files_write_names()
    {
        string[] labels = ["entailment", "neutral", "contradiction"], animals = ["cat", "dog", "cow"];
        string Texts(int i) => $"{i}\tthe {animals[i % 3]} of {i}\tit is one";
        string[] Labelled(int from, int count) => ["index\tsentence1\tsentence2\tgold_label", .. Enumerable.Range(from, count).Select(i => $"{Texts(i)}\t{labels[i % 3]}")];
        _glue.Write("MNLI/train.tsv", Labelled(0, 60));
        foreach (var kind in (string[])["matched", "mismatched"])
            _glue.Write($"MNLI/dev_{kind}.tsv", Labelled(100, 6)).Write($"MNLI/test_{kind}.tsv", ["index\tsentence1\tsentence2", .. Enumerable.Range(0, 6).Select(Texts)]);
        var run = Trained("mnli", "mnli-local", "fine-tune");
        Assert.Equal(ExitCode.Success, Spoken.By("eval", run, "--submission", At("submission")).Code);
        Assert.Equal(ExitCode.Success, Spoken.By("eval", run, "--submission", At("submission"), "--task", "mnli-mm").Code);
        Assert.Equal(["MNLI-m.tsv", "MNLI-mm.tsv"], Directory.GetFiles(At("submission")).Select(f => Path.GetFileName(f)).Order());
        string[] expected = ["index\tprediction", .. Said(run, "mnli").Select((row, i) => $"{i}\t{labels[Array.IndexOf(row, row.Max())]}"), ""];
        Assert.Equal(expected, File.ReadAllText(At("submission/MNLI-m.tsv")).Split('\n'));
    }

    [Fact]
    public void A_regression_is_trained_distilled_measured_and_submitted()
    {
        _glue.WithStsb();
        var teacher = Trained("teacher", "stsb-local", "fine-tune", "train.bestMetric=pearson", "train.steps=150");
        Assert.Equal("regression", JsonNode.Parse(File.ReadAllText(Path.Combine(teacher, "model", "config.json")))!["problem_type"]!.GetValue<string>());
        var metrics = new RunFolder(teacher).Results().Metrics;
        Assert.Equal(["pearson", "spearman", "squared error"], metrics.Keys);
        Assert.True(metrics["pearson"] > 0.5, $"Pearson's r is {metrics["pearson"]}");
        Assert.Contains("L_MSE", File.ReadLines(Path.Combine(teacher, "metrics.jsonl")).First());

        var student = Trained("student", "stsb-local", "kd", $"teacher={teacher}", "evaluation.saliency=true");
        Assert.Equal(["pearson", "spearman", "squared error", "saliency loyalty", "saliency undefined"], new RunFolder(student).Results().Metrics.Keys);
        Assert.Contains("L_Soft-MSE", File.ReadLines(Path.Combine(student, "metrics.jsonl")).First());

        var spoken = Spoken.By("eval", teacher, "--submission", At("submission"), "--json");
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        Assert.Equal(7, JsonNode.Parse(spoken.Output)!["rows"]!.GetValue<int>());
        Assert.Equal(["index\tprediction", .. Said(teacher, "stsb").Select((row, i) => string.Create(CultureInfo.InvariantCulture, $"{i}\t{Math.Clamp((double)row[0], 0, 5):F3}")), ""],
            File.ReadAllText(At("submission/STS-B.tsv")).Split('\n'));

        // A model of numbers does not answer what asks for classes, nor the other way round.
        var refused = Spoken.By("eval", teacher, "--task", "rte");
        Assert.Equal(ExitCode.Refused, refused.Code);
        Assert.Contains("tells 1 classes apart, and 'rte' has 2", refused.Error);
    }

    [Fact]
    public void Scores_outside_of_GLUEs_range_are_clipped()
    {
        _glue.WithStsb();
        // One step of a rate that throws the output far out, above or below.
        var run = Trained("far", "stsb", "fine-tune", "train.steps=3", "train.learningRate=30", "evaluation.split=validation");
        Assert.Contains(Said(run, "stsb"), row => row[0] is < 0 or > 5);
        Assert.Equal(ExitCode.Success, Spoken.By("eval", run, "--submission", At("submission")).Code);
        Assert.All(File.ReadAllLines(At("submission/STS-B.tsv"))[1..], line => Assert.Matches("^[0-6]\t(5\\.000|[0-4]\\.[0-9]{3})$", line));
    }

    [Fact]
    public void A_test_without_labels_measures_loyalty_and_is_refused_before_a_training_without_a_reference()
    {
        _glue.WithSst2();
        var (code, error, _) = Train("alone", "sst2", "fine-tune");
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("The test split of 'sst2' has no labels", error);
        Assert.Contains("evaluation.split", error);
        Assert.False(Directory.Exists(At("alone")));
        var teacher = Trained("alone", "sst2", "fine-tune", "evaluation.split=validation");
        Assert.Contains("has no labels", Spoken.By("eval", teacher).Error);

        var student = Trained("student", "sst2", "kd", $"teacher={teacher}", "evaluation.saliency=true");
        Assert.Equal(["label loyalty", "probability loyalty", "probability loyalty base 2", "saliency loyalty", "saliency undefined"], new RunFolder(student).Results().Metrics.Keys);
        var again = Spoken.By("eval", student, "--split", "validation", "--saliency", "--json");
        Assert.True(again.Code == ExitCode.Success, again.Error);
        var measured = JsonNode.Parse(again.Output)!["metrics"]!.AsObject();
        Assert.Equal(["accuracy", "loss", "label loyalty", "probability loyalty", "probability loyalty base 2", "saliency loyalty", "saliency undefined"], measured.Select(m => m.Key));
        // The teacher is as much of a reference on another form of the same task.
        again = Spoken.By("eval", student, "--task", "sst2-local", "--json");
        Assert.True(again.Code == ExitCode.Success, again.Error);
        Assert.Equal(["accuracy", "loss", "label loyalty", "probability loyalty", "probability loyalty base 2", "saliency loyalty", "saliency undefined"], JsonNode.Parse(again.Output)!["metrics"]!.AsObject().Select(m => m.Key));
        Assert.Contains("no labels to lay predictions beside", Assert.Throws<KitException>(() => RunPredictions.Of(new RunFolder(student))).Message);
    }
}
