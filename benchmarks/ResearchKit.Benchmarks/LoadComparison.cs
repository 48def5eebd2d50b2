using System.Diagnostics;
using System.Globalization;
using ResearchKit.Checkpoints;
using TorchSharp;

namespace ResearchKit.Benchmarks;

/// <summary>Memory of this process, in bytes, as the kernel counts it.</summary>
/// <param name="Peak">Most that was ever resident (VmHWM): the program's own pages, and those of files that it has looked at.</param>
/// <param name="Anonymous">Resident with no file behind it (RssAnon): what the program itself takes. Pages of files are shared by all who read
/// them and go when memory is wanted.</param>
public sealed record ProcessMemory(long Peak, long Anonymous)
{
    /// <summary>The memory now.</summary>
    /// <exception cref="KitException">This is not Linux.</exception>
    public static ProcessMemory Now()
    {
        if (!OperatingSystem.IsLinux()) throw new KitException("The memory of a process is read from /proc, which only Linux has. Run this there.");
        var lines = File.ReadAllLines("/proc/self/status");
        return new(Of("VmHWM:"), Of("RssAnon:"));

        long Of(string key) => 1024 * long.Parse(
            lines.First(l => l.StartsWith(key, StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}

/// <summary>One loading of a file in a process of its own.</summary>
/// <param name="LoadMs">Milliseconds from opening the file to the last tensor.</param>
/// <param name="ReadMs">Milliseconds from opening the file until every value has been added up: by then every page was looked at.</param>
/// <param name="Before">The program before, libtorch loaded.</param>
/// <param name="Loaded">With the tensors there.</param>
/// <param name="Read">With every value read.</param>
public sealed record Loading(double LoadMs, double ReadMs, ProcessMemory Before, ProcessMemory Loaded, ProcessMemory Read)
{
    /// <summary>Loads a file in this process and looks at the memory.</summary>
    /// <exception cref="KitException">The file is not sound, or this is not Linux.</exception>
    public static Loading Of(string path)
    {
        // The runtime compiles what loads and adds, and libtorch gets ready, on a file of a few numbers.
        var small = Path.Combine(Path.GetTempPath(), $"kit-load-{Environment.ProcessId}.safetensors");
        using (var few = torch.ones(1 << 16)) Safetensors.Save(small, [("few", few)]);
        var warm = Safetensors.Load(small);
        Sum(warm);
        Dispose(warm);
        File.Delete(small);
        var before = ProcessMemory.Now();
        long start = Stopwatch.GetTimestamp();
        var tensors = Safetensors.Load(path);
        double load = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var loaded = ProcessMemory.Now();
        long added = Stopwatch.GetTimestamp();
        Sum(tensors);
        double read = load + Stopwatch.GetElapsedTime(added).TotalMilliseconds;
        var after = ProcessMemory.Now();
        Dispose(tensors);
        return new(load, read, before, loaded, after);
    }

    private static void Sum(Dictionary<string, torch.Tensor> tensors)
    {
        foreach (var tensor in tensors.Values) tensor.sum().Dispose();
    }

    private static void Dispose(Dictionary<string, torch.Tensor> tensors)
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }
}

/// <summary>Loading a safetensors file beside <c>dd</c> of the same file, in alternation.</summary>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Cache"><c>warm</c>: the file is in the page cache; <c>cold</c>: it is dropped from there before each reading.</param>
/// <param name="Rounds">Readings of either side.</param>
/// <param name="LoadMs">Median of our loadings: the tensors are there.</param>
/// <param name="ReadMs">Median of our loadings with every value added up.</param>
/// <param name="PeerMs">Median of dd, which throws what it reads away.</param>
/// <param name="Ratio">Median over the rounds of our reading over dd's.</param>
/// <param name="RatioMin">Smallest ratio of a round.</param>
/// <param name="RatioMax">Largest ratio of a round.</param>
/// <param name="Before">Memory of the program before it loads, the median of the rounds.</param>
/// <param name="Loaded">Memory with the tensors there.</param>
/// <param name="Read">Memory with every value read.</param>
public sealed record LoadComparison(
    long FileBytes, string Cache, int Rounds, double LoadMs, double ReadMs, double PeerMs, double Ratio, double RatioMin, double RatioMax,
    ProcessMemory Before, ProcessMemory Loaded, ProcessMemory Read)
{
    /// <summary>Makes a file of random tensors shaped like a BERT's, and times it warm and cold.</summary>
    /// <param name="bytes">Size of the file.</param>
    /// <param name="rounds">Readings of either side, warm and cold.</param>
    /// <param name="load">Loads a file in a process of its own.</param>
    /// <exception cref="KitException">The disk refuses, or there is no dd.</exception>
    public static IReadOnlyList<LoadComparison> Measure(long bytes, int rounds, Func<string, Loading> load)
    {
        var folder = Directory.CreateTempSubdirectory("kit-load-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.safetensors");
            Make(path, bytes);
            return [.. new[] { "warm", "cold" }.Select(cache => Measure(path, cache, rounds, load))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static LoadComparison Measure(string path, string cache, int rounds, Func<string, Loading> load)
    {
        List<Loading> ours = [];
        List<double> theirs = [];
        for (int round = 0; round < rounds; round++)
        {
            foreach (bool mine in round % 2 == 0 ? [true, false] : new[] { false, true })
            {
                if (cache == "cold") Dd($"if={path}", "iflag=nocache", "count=0");
                else Dd($"if={path}", "of=/dev/null", "bs=1M");
                if (mine) ours.Add(load(path));
                else theirs.Add(Dd($"if={path}", "of=/dev/null", "bs=1M"));
            }
        }
        var ratios = ours.Zip(theirs, (o, t) => o.ReadMs / t).ToArray();
        return new(new FileInfo(path).Length, cache, rounds, Median(ours.Select(o => o.LoadMs)), Median(ours.Select(o => o.ReadMs)), Median(theirs),
            Median(ratios), ratios.Min(), ratios.Max(), Memory(o => o.Before), Memory(o => o.Loaded), Memory(o => o.Read));

        ProcessMemory Memory(Func<Loading, ProcessMemory> at) =>
            new((long)Median(ours.Select(o => (double)at(o).Peak)), (long)Median(ours.Select(o => (double)at(o).Anonymous)));
    }

    // Words, then layers of the width of a BERT-base until the size is reached.
    private static void Make(string path, long bytes)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = new List<(string, torch.Tensor)>();
        long left = bytes / sizeof(float);
        Add("embeddings.weight", Math.Min(30522, Math.Max(1, left / 768)), 768);
        for (int layer = 0; left > 0; layer++)
        {
            for (int map = 0; map < 4; map++) Add($"layer.{layer}.attention.{map}.weight", 768, 768);
            Add($"layer.{layer}.up.weight", 3072, 768);
            Add($"layer.{layer}.down.weight", 768, 3072);
        }
        Safetensors.Save(path, tensors);

        void Add(string name, long rows, long columns)
        {
            rows = Math.Min(rows, (left + columns - 1) / columns);
            if (rows <= 0) return;
            left -= rows * columns;
            tensors.Add((name, torch.rand(rows, columns)));
        }
    }

    private static double Dd(params string[] arguments)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            using var dd = Process.Start(new ProcessStartInfo("dd", arguments) { RedirectStandardError = true })!;
            var said = dd.StandardError.ReadToEnd();
            dd.WaitForExit();
            double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            return dd.ExitCode == 0 ? ms : throw new KitException($"dd {string.Join(' ', arguments)} failed: {said.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new KitException("There is no dd on this machine to compare with. It is part of coreutils.", e);
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
