using System.Diagnostics;
using ResearchKit.Tensors;
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
/// <param name="PeakBytes">Our most memory: resident, or on a GPU what the driver counts.</param>
/// <param name="PeerMedianMs">Median of the other side's steps.</param>
/// <param name="PeerPeakBytes">The other side's largest resident memory; 0 where it is in the same process.</param>
/// <param name="Ratio">Median over the rounds of our median over the other side's: below 1 is faster.</param>
/// <param name="RatioMin">Smallest ratio of a round.</param>
/// <param name="RatioMax">Largest ratio of a round.</param>
/// <param name="Peer">What it was measured against.</param>
public sealed record StepComparison(
    string Workload, string Size, string Device, string Dtype, int Threads,
    double MedianMs, double MinMs, double MaxMs, double PerS, long PeakBytes,
    double PeerMedianMs, long PeerPeakBytes, double Ratio, double RatioMin, double RatioMax, string Peer)
{
    /// <summary>Times a workload beside its PyTorch twin, or beside another workload, in alternation: the side that goes first changes every round.</summary>
    /// <param name="workload">The workload's name.</param>
    /// <param name="threads">Threads of libtorch, for both.</param>
    /// <param name="beside">Another workload's name; null for PyTorch.</param>
    /// <param name="rounds">Timed rounds; null for the workload's own number.</param>
    /// <param name="setting">Where both run, and how large they are; null for desk size on the CPU.</param>
    /// <exception cref="KitException">No such workload, no PyTorch to compare with, or one whose models have another size.</exception>
    public static StepComparison Measure(string workload, int threads, string? beside = null, int? rounds = null, Setting? setting = null)
    {
        setting ??= new Setting();
        torch.set_num_threads(threads);
        using var ours = Benchmarks.Workload.Create(workload, setting);
        using IPeer peer = beside is null ? PyTorchPeer.Start(workload, threads, setting) : new KitPeer(Benchmarks.Workload.Create(beside, setting));
        if (peer is PyTorchPeer other && !ours.Parameters.OrderBy(p => p.Key).SequenceEqual(other.Parameters.OrderBy(p => p.Key)))
            throw new KitException($"'{workload}' is not the same on both sides: {Sizes(ours.Parameters)} here, {Sizes(other.Parameters)} in PyTorch. Correct benchmarks/pytorch/steps.py.");
        Time(ours, ours.WarmUp);
        peer.Run(ours.WarmUp);

        int steps = ours.StepsPerRound;
        List<double> mine = [], theirs = [], ratios = [];
        for (int round = 0; round < (rounds ?? ours.Rounds); round++)
        {
            double[] a, b;
            if (round % 2 == 0) { a = Time(ours, steps); b = peer.Run(steps); }
            else { b = peer.Run(steps); a = Time(ours, steps); }
            mine.AddRange(a);
            theirs.AddRange(b);
            ratios.Add(Median(a) / Median(b));
        }
        double median = Median(mine);
        return new(workload, setting.Size, setting.Device == "cpu" ? "cpu" : Devices.Describe(torch.device(setting.Device)), setting.Precision, threads, median, mine.Min(), mine.Max(), ours.UnitsPerStep / median * 1000,
            Memory.Peak(setting), Median(theirs), peer.PeakBytes, Median(ratios), ratios.Min(), ratios.Max(), peer.Name);
    }

    internal static double[] Time(Workload workload, int steps)
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

    private static string Sizes(IReadOnlyDictionary<string, long> parameters) => string.Join(", ", parameters.Select(p => $"{p.Key} {p.Value}"));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
