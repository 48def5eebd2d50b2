using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ResearchKit.Tensors;

namespace ResearchKit.Runs.Sweeps;

/// <summary>
/// Each run in a process of its own, by the ordinary <c>kit train</c> with an ordinary recipe file, so that any of them can be repeated by hand. The process
/// is asked to stop by closing its input, which happens too when this process ends in whatever way: no run is left behind.
/// </summary>
/// <param name="kit">The program and its first arguments, before <c>train</c>.</param>
/// <param name="jobs">How many share the processors.</param>
public sealed class ProcessRunner(IReadOnlyList<string> kit, int jobs) : ISweepRunner
{
    /// <summary>The variable that tells a process that it is one of these: a Ctrl-C in the terminal, which every process there gets, is not for it.</summary>
    public const string Mark = "KIT_JOB";

    private const int LastLines = 15;

    /// <inheritdoc/>
    public async Task Run(SweepRun run, IRunObserver observer, CancellationToken stop)
    {
        var folder = run.Folder;
        var recipe = Path.Combine(folder.Path, "recipe.json");
        string[] arguments = run.IsBegun ? ["train", folder.ConfigFile, "--out", folder.Path, "--resume"] : ["train", recipe, "--out", folder.Path];
        if (!run.IsBegun) AtomicFile.WriteText(recipe, run.Recipe.ToJson().ToJsonString(SettingsBinder.Json) + "\n");

        // A BLAS takes every processor for each product unless told otherwise, and train.threads does not reach it.
        int? threads = run.Alone ? null : Math.Max(1, Environment.ProcessorCount / jobs);
        var (code, lines) = await Execute(arguments, threads, stop);
        if (folder.IsComplete || folder.IsBegun) File.Delete(recipe);   // config.json is the recipe now
        if (code == 0)
        {
            observer.Complete(folder.Results());
            return;
        }
        stop.ThrowIfCancellationRequested();
        var again = folder.IsBegun ? $"./kit train {folder.ConfigFile} --out {folder.Path} --resume" : $"./kit train {string.Join(' ', arguments[1..])}";
        throw new KitException($"its process ended with code {code}. Its last lines:\n{string.Join('\n', lines.Select(line => "  " + line))}\nThe same by hand: {again}");
    }

    private async Task<(int Code, IReadOnlyList<string> Lines)> Execute(string[] arguments, int? threads, CancellationToken stop)
    {
        var start = new ProcessStartInfo(kit[0], [.. kit.Skip(1), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Mark] = "1";
        if (threads is { } few) start.Environment.TryAdd(Host.BlasThreads, few.ToString(CultureInfo.InvariantCulture));

        using var process = new Process { StartInfo = start };
        var lines = new ConcurrentQueue<string>();
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await using (stop.Register(process.StandardInput.Close)) await process.WaitForExitAsync(CancellationToken.None);
        return (process.ExitCode, [.. lines]);

        void Keep(string? line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            lines.Enqueue(line);
            if (lines.Count > LastLines) lines.TryDequeue(out _);
        }
    }
}
