using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Runs;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>Train, evaluate, compare and generate as a user does, on tasks that take a second.</summary>
public sealed class EndToEndTests : IDisposable
{
    private readonly TinyTask _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private string Trained(string name, string task, JsonObject method, params string[] more)
    {
        var run = _tiny.At($"runs/{name}");
        var spoken = Spoken.By(["train", _tiny.Recipe(name, task, method), "--out", run, .. more]);
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        return run;
    }

    [Fact]
    public void AClassifierIsTrainedMeasuredDistilledAndCompared()
    {
        var teacher = Trained("teacher", "classes", new() { ["name"] = "fine-tune" });
        Assert.True(new RunFolder(teacher).IsComplete);

        // Measured again from its folder, it is what its run says it is.
        var spoken = Spoken.By("eval", teacher, "--json");
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        var measured = JsonNode.Parse(spoken.Output)!;
        Assert.Equal(16, measured["rows"]!.GetValue<int>());
        foreach (var (name, value) in new RunFolder(teacher).Results().Metrics) Assert.Equal(value, measured["metrics"]![name]!.GetValue<double>(), 6);

        var student = Trained("student", "classes", new() { ["name"] = "kd" }, "--set", $"teacher={teacher}");
        spoken = Spoken.By("compare", teacher, student, "--html", _tiny.At("page.html"));
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        var rows = spoken.Output.Split('\n').Select(line => line.Trim()).ToList();
        Assert.Contains(rows, row => row.StartsWith("teacher ") && row.Contains(" fine-tune "));
        Assert.Contains(rows, row => row.StartsWith("student ") && row.Contains(" kd "));
        Assert.Contains("<table>", File.ReadAllText(_tiny.At("page.html")));
    }

    [Fact]
    public void AModelFolderNeedsATaskToBeMeasuredOn()
    {
        var model = new RunFolder(Trained("teacher", "classes", new() { ["name"] = "fine-tune" })).ModelFolder;
        var spoken = Spoken.By("eval", model);
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("Name the task", spoken.Error);
        Assert.Equal(ExitCode.Success, Spoken.By("eval", model, "--task", _tiny.At("classes"), "--split", "validation").Code);

        spoken = Spoken.By("eval", model, "--task", _tiny.At("answers"));
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("tells classes", spoken.Error);
    }

    [Fact]
    public void GenerationPrintsTheTextAndNothingElse()
    {
        var writer = Trained("writer", "answers", new() { ["name"] = "sft" });
        string[] ask = ["generate", "--model", writer, "--prompt", "cat 4:", "--tokens", "6"];
        var greedy = Spoken.By([.. ask, "--greedy"]);
        Assert.True(greedy.Code == ExitCode.Success, greedy.Error);
        Assert.Empty(greedy.Error);
        Assert.EndsWith("\n", greedy.Output);
        Assert.DoesNotContain("cat 4:", greedy.Output);
        Assert.Equal(greedy, Spoken.By(ask));

        var sampled = Spoken.By([.. ask, "--temperature", "2", "--seed", "7"]);
        Assert.Equal(sampled, Spoken.By([.. ask, "--temperature", "2", "--seed", "7"]));
        Assert.Contains(Enumerable.Range(8, 20), seed => Spoken.By([.. ask, "--temperature", "2", "--seed", $"{seed}"]).Output != sampled.Output);
        // One token of all is as sure as greed.
        Assert.Equal(greedy.Output, Spoken.By([.. ask, "--top-k", "1", "--seed", "3"]).Output);
    }

    [Theory]
    [InlineData("--prompt", "@cat")]
    [InlineData("--prompt=--cat")]
    [InlineData("--prompt", "")]
    public void APromptMayBeAnyText(params string[] prompt)
    {
        var writer = Trained("writer", "answers", new() { ["name"] = "sft" });
        var spoken = Spoken.By(["generate", "--model", writer, "--tokens", "2", .. prompt]);
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
    }

    [Theory]
    [InlineData("--greedy takes no --seed", "--greedy", "--seed", "1")]
    [InlineData("--top-p is 2, expected", "--top-p", "2")]
    [InlineData("--temperature is 0, expected", "--temperature", "0")]
    public void SamplingThatMakesNoSenseIsRefused(string complaint, params string[] options)
    {
        var spoken = Spoken.By(["generate", "--model", _tiny.Root, "--prompt", "x", "--tokens", "1", .. options]);
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains(complaint, spoken.Error);
    }

    [Fact]
    public void AClassifierWritesNoText()
    {
        var run = Trained("teacher", "classes", new() { ["name"] = "fine-tune" });
        var spoken = Spoken.By("generate", "--model", run, "--prompt", "x", "--tokens", "1");
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("writes no text", spoken.Error);
    }

    [SkippableFact]
    public void TheGpuTrainsToo()
    {
        Gpu.Require();
        var run = Trained("gpu", "classes", new() { ["name"] = "fine-tune" }, "--set", "train.device=cuda:0");
        Assert.Contains("cuda", new RunFolder(run).Results().Device, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ExitCode.Success, Spoken.By("eval", run, "--device", "cuda:0").Code);
    }
}
