using System.Diagnostics;
using System.Text.Json.Nodes;
using ResearchKit.Tensors;

namespace ResearchKit.Benchmarks;

/// <summary>The other side of a comparison: a Python process with PyTorch that runs the same workload when told to.</summary>
public sealed class PyTorchPeer : IPeer
{
    private readonly Process _process;
    private readonly Setting _setting;

    private PyTorchPeer(Process process, Setting setting, JsonNode ready)
    {
        (_process, _setting) = (process, setting);
        Name = $"PyTorch {ready["torch"]!.GetValue<string>()} eager";
        Parameters = ready.AsObject().Where(p => p.Key.EndsWith("_params", StringComparison.Ordinal)).ToDictionary(p => p.Key, p => p.Value!.GetValue<long>());
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Parameters of its models.</summary>
    public IReadOnlyDictionary<string, long> Parameters { get; }

    /// <summary>Starts the peer and waits until it is ready.</summary>
    /// <param name="workload">The workload's name.</param>
    /// <param name="threads">Threads of its libtorch.</param>
    /// <param name="setting">Where it runs, and how large it is.</param>
    /// <exception cref="KitException">There is no Python with PyTorch.</exception>
    public static PyTorchPeer Start(string workload, int threads, Setting setting)
    {
        var python = FindPython();
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "pytorch", "steps.py"));
        start.ArgumentList.Add(workload);
        foreach (var word in new[] { threads.ToString(), setting.Size, setting.Device, setting.Precision }) start.ArgumentList.Add(word);
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";   // as the kit sets it for itself: spinning workers take the other side's core
        var process = Process.Start(start)!;
        var ready = process.StandardOutput.ReadLine()
            ?? throw new KitException($"{python} ended before it was ready. Its own message stands above; is PyTorch installed for it?");
        return new(process, setting, JsonNode.Parse(ready)!);
    }

    /// <inheritdoc/>
    public double[] Run(int steps)
    {
        _process.StandardInput.WriteLine(steps);
        _process.StandardInput.Flush();
        var line = _process.StandardOutput.ReadLine() ?? throw new KitException("The PyTorch side ended in the middle of the comparison; its own message stands above.");
        var answer = JsonNode.Parse(line)!;
        PeakBytes = _setting.Device == "cpu" ? answer["peak_bytes"]!.GetValue<long>() : GpuMemory.OfProcess(_process.Id) ?? 0;
        return [.. answer["ms"]!.AsArray().Select(v => v!.GetValue<double>())];
    }

    /// <inheritdoc/>
    public long PeakBytes { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
    }

    private static string FindPython()
    {
        var named = Environment.GetEnvironmentVariable("KIT_PYTHON");
        string[] candidates = named is null ? ["/usr/bin/python3", "python3", "python"] : [named];
        foreach (var python in candidates)
            if (HasTorch(python)) return python;
        throw new KitException("There is no Python with PyTorch to compare with. Install it (apt-get install python3-torch, or pip install torch), "
            + "or name an interpreter that has it: KIT_PYTHON=/path/to/python3.");
    }

    private static bool HasTorch(string python)
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(python, ["-c", "import torch"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            probe.StandardError.ReadToEnd();
            probe.WaitForExit();
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;   // no such program
        }
    }
}
