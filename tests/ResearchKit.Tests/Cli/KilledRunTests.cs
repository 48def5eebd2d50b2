using System.Diagnostics;
using ResearchKit.Runs;
using Xunit.Abstractions;

namespace ResearchKit.Tests.Cli;

/// <summary>A training that is killed without warning, as a process meets it, ends with the weights of one that was not.</summary>
public sealed class KilledRunTests(ITestOutputHelper log) : IDisposable
{
    private const int Steps = 300;
    private readonly TinyTask _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private string[] Train(string name, params string[] more) =>
        ["train", _tiny.At("kd.json"), "--out", _tiny.At(name), "--set", $"train.steps={Steps}", "--set", "train.checkpointEvery=7", .. more];

    [SkippableFact]
    public void WhatIsKilledAtAnyStepAndResumedEndsBitwiseEqual()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no SIGKILL to send");
        var teacher = _tiny.Recipe("teacher", "classes", new() { ["name"] = "fine-tune" });
        Assert.Equal(0, Spoken.By("train", teacher, "--out", _tiny.At("teacher")).Code);
        _tiny.Recipe("kd", "classes", new() { ["name"] = "kd" });
        string[] taught = ["--set", $"teacher={_tiny.At("teacher")}"];
        Assert.Equal(0, Spoken.By(Train("whole", taught)).Code);
        var whole = new RunFolder(_tiny.At("whole"));

        var killed = new RunFolder(_tiny.At("killed"));
        int first = Random.Shared.Next(10, 100), second = first + Random.Shared.Next(20, 100);
        KillAfter(first, killed, Train("killed", taught));
        KillAfter(second, killed, Train("killed", [.. taught, "--resume"]));

        // The newest checkpoint is cut short as well: the one before it serves, and says so.
        var newest = Directory.GetFiles(killed.CheckpointFolder, "step-*.safetensors").Order().Last();
        using (var file = new FileStream(newest, FileMode.Open)) file.SetLength(file.Length * 2 / 3);
        var spoken = Spoken.By(Train("killed", [.. taught, "--resume"]));
        log.WriteLine($"killed after steps {first} and {second}, checkpoint {Path.GetFileName(newest)} cut short\n{spoken.Output}{spoken.Error}");
        Assert.Equal(0, spoken.Code);
        Assert.Contains("Going back to", spoken.Output + spoken.Error);

        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.ModelFolder, "model.safetensors")), File.ReadAllBytes(Path.Combine(killed.ModelFolder, "model.safetensors")));
        Assert.Equal(whole.Results().Metrics, killed.Results().Metrics);
        Assert.Equal(Losses(whole), Losses(killed));
    }

    private static List<double> Losses(RunFolder run) => [.. ResearchKit.Training.MetricsLog.Read(run.MetricsFile).Select(s => s.Loss)];

    private static void KillAfter(int steps, RunFolder run, string[] arguments)
    {
        var start = KitProcess.Of(arguments);
        using var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        while (!File.Exists(run.MetricsFile) || ResearchKit.Training.MetricsLog.Read(run.MetricsFile).Count < steps)
        {
            Assert.False(process.HasExited, process.HasExited ? $"it ended before step {steps}: {error.Result}" : "");
            Thread.Sleep(2);
        }
        process.Kill();   // SIGKILL: nothing of it runs any more
        process.WaitForExit();
        Assert.False(run.IsComplete);
    }
}
