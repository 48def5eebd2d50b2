using ResearchKit.Cli;
using ResearchKit.Cli.Commands;
using ResearchKit.Runs;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>What the demonstration says at its end, from made-up runs.</summary>
public sealed class DemoCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kit-demo-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void TablesVerdictsAnswersAndTheReportArePrinted()
    {
        var topic = Comparison.Of([Run("topic-teacher", 1, "accuracy", 0.82), Run("topic-student", 1, "accuracy", 0.70), Run("topic-student", 2, "accuracy", 0.72),
            Run("topic-kd", 1, "accuracy", 0.75), Run("topic-kd", 2, "accuracy", 0.76)]);
        var define = Comparison.Of([Run("define-teacher", 1, "loss", 3.0), Run("define-student", 1, "loss", 3.5), Run("define-fkl", 1, "loss", 3.4)]);
        var sample = new DefinitionSample("harbour", "a sheltered port", new Dictionary<string, string> { ["define-teacher"] = "a place [for] ships" });
        using var output = new StringWriter();
        DemoCommand.Print(Terminal.Of(output, TextWriter.Null), new DemoOutcome(topic, define, [sample], 185, "runs/demo/report.html"));
        var lines = output.ToString().Split('\n').Select(line => line.TrimEnd()).ToList();

        Assert.Contains(lines, line => line.TrimStart().StartsWith("topic-student ") && line.Contains("71.0 ± 1.4"));
        Assert.Contains(lines, line => line.StartsWith("The distilled student is ahead by 4.5 points of accuracy over 2 seeds"));
        Assert.Contains(lines, line => line.StartsWith("The distilled student is ahead by 0.100 nats of loss on one seed"));
        Assert.Contains("harbour: a sheltered port (WordNet)", lines);
        Assert.Contains(lines, line => line.StartsWith("  define-teacher") && line.EndsWith(" a place [for] ships"));
        Assert.Equal("3 min 05 s. The report: runs/demo/report.html", lines[^2]);
    }

    private RunFolder Run(string name, int seed, string metric, double value)
    {
        var folder = new RunFolder(Path.Combine(_root, $"{name}-{seed}"));
        folder.Complete(new RunResults
        {
            Name = name, Method = "kd", Task = name.Split('-')[0], Split = "test", Metrics = new() { [metric] = value }, Parameters = 1000, Seed = seed,
            TrainingRows = 10, Steps = 10, TrainingSeconds = 10, TokensPerSecond = 10, Device = "cpu", Command = "",
        });
        return folder;
    }
}
