using System.Diagnostics;
using System.Text.Json.Nodes;
using ResearchKit.Cli;
using ResearchKit.Runs;
using ResearchKit.Runs.Sweeps;
using ResearchKit.Tests.Runs;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary><c>kit sweep</c> as a user meets it, with runs that really train, here and in processes of their own.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private readonly SweepTask _task = new();

    public SweepCommandTests()
    {
        _task.Stage(0)["grid"] = new JsonObject { ["method.alpha"] = new JsonArray(0.2, 0.7) };
        _task.Stage(0)["carry"] = new JsonArray("method.alpha");
        _task.Stage(1)["grid"] = new JsonObject();
        _task.Stage(1)["set"] = new JsonObject { ["train.steps"] = 14 };
    }

    public void Dispose() => _task.Dispose();

    private Spoken Sweep(params string[] more)
    {
        File.WriteAllText(_task.Path, _task.Json.ToJsonString());
        return Spoken.By(["sweep", _task.Path, "--out", _task.Folder, .. more]);
    }

    [Fact]
    public void ASweepInProcessesTrainsComparesCollectsAndGoesOnInOne()
    {
        var spoken = Sweep("--dry-run");
        Assert.Contains("tiny: 9 runs, 0 done, 9 to go", spoken.Output);
        Assert.False(Directory.Exists(_task.Folder));

        spoken = Sweep("--jobs", "2", "--collect", _task.Tiny.At("collected"));
        Assert.True(spoken.Code == ExitCode.Success, spoken.Output + spoken.Error);
        Assert.Equal(9, spoken.Output.Split('\n').Count(line => line.StartsWith("-- ")));
        var rows = spoken.Output.Split('\n').Select(line => line.Trim()).ToList();
        foreach (var name in new[] { "teacher", "kd", "longer", "alone" }) Assert.Contains(rows, row => row.StartsWith($"{name} ") && row.Contains('%') is false);
        Assert.Contains(rows, row => row.StartsWith("against kd "));
        Assert.Contains("label loyalty %", spoken.Output);
        Assert.Empty(Directory.GetFiles(_task.Folder, "recipe.json", SearchOption.AllDirectories));

        // The student alone was measured against the teacher, and every run says how to repeat it.
        var alone = new RunFolder(Path.Combine(_task.Folder, "alone", "seed-4"));
        Assert.Contains("label loyalty", alone.Results().Metrics.Keys);
        Assert.Equal(1, alone.Recipe().Train.Threads);
        var again = _task.Tiny.At("again");
        Assert.Equal(ExitCode.Success, Spoken.By("train", alone.ConfigFile, "--out", again).Code);
        foreach (var (name, value) in alone.Results().Metrics) Assert.Equal(value, new RunFolder(again).Results().Metrics[name], 4);
        var longer = new RunFolder(Path.Combine(_task.Folder, "longer", "seed-3"));
        Assert.Equal((3, (double)longer.Recipe().Method["alpha"]!), ((int)longer.Results().Settings!["temperature"]!, (double)longer.Results().Settings!["alpha"]!));

        Assert.Contains("tiny: 9 runs, 9 done, 0 to go", Sweep("--dry-run").Output);
        File.Delete(alone.ResultsFile);
        spoken = Sweep("--jobs", "1");
        Assert.True(spoken.Code == ExitCode.Success, spoken.Output + spoken.Error);
        Assert.Contains("run 1 of 1: alone, seed 4", spoken.Output);

        spoken = Spoken.By("compare", _task.Tiny.At("collected"), "--against", "alone");
        Assert.True(spoken.Code == ExitCode.Success, spoken.Error);
        Assert.Contains("against alone ", spoken.Output);
        Assert.Contains("'alone'", Spoken.By("compare", _task.Tiny.At("collected"), "--against", "alon").Error);
    }

    [Fact]
    public void AProcessThatFailsIsQuotedAndWhatHangsOnItDoesNotBegin()
    {
        // Three heads do not divide a width of 16, which only the making of the model finds out.
        _task.Stage(0)["grid"] = new JsonObject { ["method.alpha"] = new JsonArray(0.2), ["student.heads"] = new JsonArray(2, 3) };
        var spoken = Sweep("--jobs", "2");
        Assert.Equal(ExitCode.Refused, spoken.Code);
        Assert.Contains("kd alpha=0.2,heads=3, seed 3 failed: its process ended with code 2. Its last lines:", spoken.Error);
        Assert.Contains("16", spoken.Error);
        var run = Path.Combine(_task.Folder, "kd", "grid", "alpha=0.2,heads=3");
        Assert.Contains($"The same by hand: ./kit train {Path.Combine(run, "recipe.json")} --out {run}", spoken.Error);
        Assert.Equal(ExitCode.Refused, Spoken.By("train", Path.Combine(run, "recipe.json"), "--out", run).Code);
        Assert.Equal([true, false, true], new[] { "kd/grid/alpha=0.2,heads=2", "kd/seed-3", "alone/seed-4" }.Select(f => new RunFolder(Path.Combine(_task.Folder, f)).IsComplete));
        Assert.False(Directory.Exists(Path.Combine(_task.Folder, "longer")));

        _task.Stage(0)["grid"]!["student.heads"] = new JsonArray(2, 4);
        spoken = Sweep();
        Assert.True(spoken.Code == ExitCode.Success, spoken.Output + spoken.Error);
        Assert.Contains("run 5 of 5: longer, seed 4", spoken.Output);
    }

    [SkippableFact]
    public void CtrlCStopsEveryProcessWithACheckpointAndTheyGoOn()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no SIGINT to send");
        _task.Stage(0)["set"] = new JsonObject { ["train.steps"] = 1_000_000 };
        _task.Stage(0)["carry"] = new JsonArray();
        _task.Json["stages"] = new JsonArray(_task.Stage(0).DeepClone());
        File.WriteAllText(_task.Path, _task.Json.ToJsonString());
        RunFolder[] runs = [.. new[] { "alpha=0.2", "alpha=0.7" }.Select(p => new RunFolder(Path.Combine(_task.Folder, "kd", "grid", p)))];

        var (code, error) = InterruptAt(1, runs);
        Assert.True(code == 130, error);
        Assert.Contains("To go on: ./kit sweep", error);
        int[] steps = [.. runs.Select(r => File.ReadAllLines(r.MetricsFile).Length)];
        Assert.All(runs, run => Assert.NotEmpty(Directory.GetFiles(run.CheckpointFolder)));
        Assert.Equal(2, SweepSurvey.Of(_task.Plan(jobs: 2)).Runs.Count(r => r.State == SweepRunStage.Begun));

        (code, error) = InterruptAt(steps.Max() + 10, runs);
        Assert.True(code == 130, error);
        Assert.All(runs, run => Assert.Equal(File.ReadAllLines(run.MetricsFile).Length, ResearchKit.Training.MetricsLog.Read(run.MetricsFile)[^1].Number));
    }

    private (int Code, string Error) InterruptAt(int step, RunFolder[] runs)
    {
        var start = KitProcess.Of("sweep", _task.Path, "--out", _task.Folder, "--jobs", "2");
        using var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        while (!runs.All(run => File.Exists(run.MetricsFile) && File.ReadAllLines(run.MetricsFile).Length >= step))
        {
            Assert.False(process.HasExited, process.HasExited ? error.Result : "");
            Thread.Sleep(20);
        }
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        process.WaitForExit();
        return (process.ExitCode, error.Result);
    }
}
