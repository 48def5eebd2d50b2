using System.Diagnostics;
using ResearchKit.Runs;
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

    private static (int Code, string Output, string Error) InterruptAtFirstStep(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "kit.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output += line + "\n";
            if (!line.StartsWith("step ")) continue;
            using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
            kill.WaitForExit();
            break;
        }
        output += process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
