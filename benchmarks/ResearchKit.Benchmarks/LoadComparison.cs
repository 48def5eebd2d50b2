using System.Diagnostics;
using ResearchKit.Checkpoints;
using TorchSharp;

namespace ResearchKit.Benchmarks;

/// <summary>One loading of a file in a process of its own.</summary>
/// <param name="Ms">Milliseconds from opening the file to the last tensor.</param>
/// <param name="BaseBytes">Resident memory of the program before, libtorch loaded.</param>
/// <param name="PeakBytes">Largest resident memory with the file loaded.</param>
public sealed record Loading(double Ms, long BaseBytes, long PeakBytes)
{
    /// <summary>Loads a file in this process and looks at the memory.</summary>
    /// <exception cref="KitException">The file is not sound, or this is not Linux.</exception>
    public static Loading Of(string path)
    {
        // The runtime compiles what loads, and libtorch gets ready, on a file of one number.
        var small = Path.Combine(Path.GetTempPath(), $"kit-load-{Environment.ProcessId}.safetensors");
        using (var one = torch.ones(1)) Safetensors.Save(small, [("one", one)]);
        foreach (var tensor in Safetensors.Load(small).Values) tensor.Dispose();
        File.Delete(small);
        long before = ProcessMemory.Resident;
        long start = Stopwatch.GetTimestamp();
        var tensors = Safetensors.Load(path);
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long peak = ProcessMemory.Peak;
        foreach (var tensor in tensors.Values) tensor.Dispose();
        return new(ms, before, peak);
    }
}

/// <summary>Loading a safetensors file beside <c>dd</c> of the same file, in alternation.</summary>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Cache"><c>warm</c>: the file is in the page cache; <c>cold</c>: it is dropped from there before each reading.</param>
/// <param name="Rounds">Readings of either side.</param>
/// <param name="MedianMs">Median of our loadings.</param>
/// <param name="PeerMedianMs">Median of dd.</param>
/// <param name="Ratio">Median over the rounds of ours over dd's.</param>
/// <param name="RatioMin">Smallest ratio of a round.</param>
/// <param name="RatioMax">Largest ratio of a round.</param>
/// <param name="BaseBytes">Resident memory of the program before it loads, the largest of the rounds.</param>
/// <param name="PeakBytes">Largest resident memory of any round.</param>
public sealed record LoadComparison(
    long FileBytes, string Cache, int Rounds, double MedianMs, double PeerMedianMs, double Ratio, double RatioMin, double RatioMax, long BaseBytes, long PeakBytes)
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
        var ratios = ours.Zip(theirs, (o, t) => o.Ms / t).ToArray();
        return new(new FileInfo(path).Length, cache, rounds, Median(ours.Select(o => o.Ms)), Median(theirs), Median(ratios), ratios.Min(), ratios.Max(),
            ours.Max(o => o.BaseBytes), ours.Max(o => o.PeakBytes));
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
