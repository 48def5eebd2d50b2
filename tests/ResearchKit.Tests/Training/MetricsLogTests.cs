using ResearchKit.Training;
using Xunit;

namespace ResearchKit.Tests.Training;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kit-metrics-").FullName;

    private string Log => Path.Combine(_folder, "metrics.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TrainStep Step(long number, double value = 0.1) => new(number, 9, number / 3.0, value,
        new Dictionary<string, double> { ["L_CE"] = value }, new Dictionary<string, double> { ["student"] = 1e-17 / 3 }, 5e-5, 123, 0.25,
        number % 2 == 0 ? new Dictionary<string, double> { ["accuracy"] = 1 / 3.0, ["pearson"] = double.NaN } : null);

    private void Write(int steps)
    {
        using var log = MetricsLog.Open(Log);
        Assert.Equal(steps, log.Record(Enumerable.Range(1, steps).Select(i => Step(i))).Count());
    }

    [Fact]
    public void WhatIsWrittenIsReadBackToTheBit()
    {
        Write(4);
        Assert.Equal(4, File.ReadLines(Log).Count());
        var steps = MetricsLog.Read(Log);
        Assert.Equal([1L, 2, 3, 4], steps.Select(s => s.Number));
        Assert.Equal(Step(2).Epoch, steps[1].Epoch);
        Assert.Equal(Step(2).GradientNorms, steps[1].GradientNorms);
        Assert.Equal(Step(2).Evaluation, steps[1].Evaluation);
        Assert.Null(steps[0].Evaluation);
    }

    [Fact]
    public void EveryLineIsOnTheDiskBeforeTheNextStep()
    {
        using var log = MetricsLog.Open(Log);
        foreach (var step in log.Record([Step(1), Step(2), Step(3)]))
            Assert.Equal(step.Number, MetricsLog.Read(Log).Count);   // read while it is being written
    }

    [Fact]
    public void ResumingCutsOffWhatCameAfterTheCheckpoint()
    {
        Write(5);
        File.AppendAllText(Log, "{\"number\": 6, \"tot");   // killed while writing
        Assert.Equal(5, MetricsLog.Read(Log).Count);
        using (var log = MetricsLog.Open(Log, keep: 3)) log.Append(Step(4, 7));
        var steps = MetricsLog.Read(Log);
        Assert.Equal([1L, 2, 3, 4], steps.Select(s => s.Number));
        Assert.Equal(7, steps[^1].Loss);
    }

    [Fact]
    public void ALogThatLacksStepsOrIsDamagedIsRefused()
    {
        Write(2);
        Assert.Contains("holds 2 of the 3 steps", Assert.Throws<KitException>(() => MetricsLog.Open(Log, keep: 3)).Message);
        File.WriteAllLines(Log, ["{\"number\":1}x", "{}"]);
        Assert.Contains("line 1", Assert.Throws<KitException>(() => MetricsLog.Read(Log)).Message);
        Assert.Contains("no such log", Assert.Throws<KitException>(() => MetricsLog.Read(Log + "x")).Message);
    }
}
