using System.Diagnostics;
using ResearchKit.Runs;
using ResearchKit.Runs.Sweeps;
using Xunit;

namespace ResearchKit.Tests.Cli;

/// <summary>Ctrl-C during a training, as a process meets it.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly TinyTask _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [SkippableFact]
    public void CtrlCLeavesARunThatGoesOn()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no SIGINT to send");
        var run = new RunFolder(_tiny.At("run"));
        var recipe = _tiny.Recipe("long", "classes", new() { ["name"] = "fine-tune" }, steps: 1_000_000);

        var (code, output, error) = InterruptAtFirstStep("train", recipe, "--out", run.Path);
        Assert.True(code == 130, error);
        Assert.Contains("finishing this step and writing a checkpoint", error);
        Assert.Contains($"To go on: ./kit train {run.ConfigFile} --out {run.Path} --resume", error);
        Assert.DoesNotContain("resumed", output);
        Assert.False(run.IsComplete);
        int steps = File.ReadAllLines(run.MetricsFile).Length;

        (code, output, _) = InterruptAtFirstStep("train", run.ConfigFile, "--out", run.Path, "--resume");
        Assert.Equal(130, code);
        Assert.Contains($"resumed after step {steps}", output);
        Assert.True(File.ReadAllLines(run.MetricsFile).Length > steps);
    }

    [SkippableFact]
    public void AJobOfASweepLeavesCtrlCToItAndStopsAtTheEndOfItsInput()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no SIGINT to send");
        var run = new RunFolder(_tiny.At("run"));
        var recipe = _tiny.Recipe("long", "classes", new() { ["name"] = "fine-tune" }, steps: 1_000_000);
        using var process = Start(job: true, "train", recipe, "--out", run.Path);
        var error = process.StandardError.ReadToEndAsync();
        ReadToStep(process);
        int steps = File.ReadAllLines(run.MetricsFile).Length;
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        while (File.ReadAllLines(run.MetricsFile).Length < steps + 50)
        {
            Assert.False(process.HasExited);
            Thread.Sleep(10);
        }
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 130, error.Result);
        Assert.Contains($"{File.ReadAllLines(run.MetricsFile).Length}.safetensors", Directory.GetFiles(run.CheckpointFolder).Order().Last());
    }

    private static (int Code, string Output, string Error) InterruptAtFirstStep(params string[] arguments)
    {
        using var process = Start(job: false, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = ReadToStep(process);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        output += process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static Process Start(bool job, params string[] arguments)
    {
        var start = KitProcess.Of(arguments);
        start.RedirectStandardInput = job;
        if (job) start.Environment[ProcessRunner.Mark] = "1";
        return Process.Start(start)!;
    }

    private static string ReadToStep(Process process)
    {
        var output = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output += line + "\n";
            if (line.StartsWith("step ")) break;
        }
        return output;
    }
}
