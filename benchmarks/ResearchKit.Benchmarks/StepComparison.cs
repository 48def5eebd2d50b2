using System.Diagnostics;
using TorchSharp;

namespace ResearchKit.Benchmarks;

/// <summary>One workload timed on both sides in one run.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Size">The size of its shapes.</param>
/// <param name="Device">Where it ran.</param>
/// <param name="Dtype">The element type.</param>
/// <param name="Threads">Threads of libtorch on both sides.</param>
/// <param name="MedianMs">Median of our steps, milliseconds.</param>
/// <param name="MinMs">Fastest of our steps.</param>
/// <param name="MaxMs">Slowest of our steps.</param>
/// <param name="PerS">Units of work per second at the median.</param>
/// <param name="PeakBytes">Our largest resident memory.</param>
/// <param name="PeerMedianMs">Median of PyTorch's steps.</param>
/// <param name="PeerPeakBytes">PyTorch's largest resident memory.</param>
/// <param name="Ratio">Median over the rounds of our median over PyTorch's: below 1 is faster than PyTorch.</param>
/// <param name="RatioMin">Smallest ratio of a round.</param>
/// <param name="RatioMax">Largest ratio of a round.</param>
/// <param name="Peer">What it was measured against.</param>
public sealed record StepComparison(
    string Workload, string Size, string Device, string Dtype, int Threads,
    double MedianMs, double MinMs, double MaxMs, double PerS, long PeakBytes,
    double PeerMedianMs, long PeerPeakBytes, double Ratio, double RatioMin, double RatioMax, string Peer)
{
    /// <summary>Times a workload beside its PyTorch twin, in alternation: the side that goes first changes every round.</summary>
    /// <param name="workload">The workload's name.</param>
    /// <param name="threads">Threads of libtorch, for both.</param>
    /// <param name="rounds">Rounds, each with <paramref name="steps"/> steps of both sides.</param>
    /// <param name="steps">Timed steps a round.</param>
    /// <exception cref="KitException">No such workload, or no PyTorch to compare with.</exception>
    public static StepComparison Measure(string workload, int threads, int rounds = 100, int steps = 5)
    {
        torch.set_num_threads(threads);
        using var ours = Benchmarks.Workload.Create(workload);
        using var peer = PyTorchPeer.Start(workload, threads);
        Time(ours, 40);   // warm-up of both sides, which the runtime's compiler needs as much as the caches
        peer.Run(40);

        List<double> mine = [], theirs = [], ratios = [];
        for (int round = 0; round < rounds; round++)
        {
            double[] a, b;
            if (round % 2 == 0) { a = Time(ours, steps); b = peer.Run(steps); }
            else { b = peer.Run(steps); a = Time(ours, steps); }
            mine.AddRange(a);
            theirs.AddRange(b);
            ratios.Add(Median(a) / Median(b));
        }
        double median = Median(mine);
        return new(workload, "desk", "cpu", "float32", threads, median, mine.Min(), mine.Max(), ours.UnitsPerStep / median * 1000,
            PeakResidentBytes(), Median(theirs), peer.PeakBytes, Median(ratios), ratios.Min(), ratios.Max(), $"PyTorch {peer.Version} eager");
    }

    private static double[] Time(Workload workload, int steps)
    {
        var times = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            long start = Stopwatch.GetTimestamp();
            workload.Step();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return times;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private static long PeakResidentBytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
