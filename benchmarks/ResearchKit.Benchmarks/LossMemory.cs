using System.Diagnostics;
using ResearchKit.Checkpoints;
using ResearchKit.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary>What the loss is computed on: a student's and a teacher's hidden states and last maps, in single precision.</summary>
/// <param name="Tokens">N positions.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Width">D of both models.</param>
/// <param name="Divergence">A name of <see cref="TokenDivergence.Names"/>.</param>
/// <param name="Threads">Threads of libtorch.</param>
public sealed record LossWork(int Tokens, int Vocabulary, int Width, string Divergence, int Threads);

/// <summary>One forward and backward pass of the loss in a process of its own.</summary>
/// <param name="Ms">Milliseconds.</param>
/// <param name="Value">The loss.</param>
/// <param name="BaseBytes">Largest resident memory with the inputs made, before the loss.</param>
/// <param name="PeakBytes">Largest resident memory.</param>
public sealed record LossRun(double Ms, double Value, long BaseBytes, long PeakBytes)
{
    /// <summary>Runs it in this process.</summary>
    /// <param name="work">The sizes.</param>
    /// <param name="fused">In chunks from the hidden states, or through the logits of all positions.</param>
    /// <param name="file">Where to put the gradients, for comparison.</param>
    public static LossRun Of(LossWork work, bool fused, string file)
    {
        set_num_threads(work.Threads);
        Once(work with { Tokens = 4, Vocabulary = 64 }, fused, null);   // the runtime compiles what runs
        return Once(work, fused, file);
    }

    private static LossRun Once(LossWork work, bool fused, string? file)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Logits of a standard deviation of about 3, as trained models have them.
        Tensor Hidden() => randn([work.Tokens, work.Width], generator: generator);
        Tensor Map() => randn([work.Vocabulary, work.Width], generator: generator).mul_(3 / Math.Sqrt(work.Width));
        Tensor hidden = Hidden().requires_grad_(), map = Map().requires_grad_(), teacherHidden = Hidden(), teacherMap = Map();
        var divergence = TokenDivergence.Named(work.Divergence);
        long before = ProcessMemory.Now().Peak;
        long start = Stopwatch.GetTimestamp();
        var loss = fused
            ? Divergence.Chunked(divergence, LogitSource.Of(hidden, map), LogitSource.Of(teacherHidden, teacherMap))
            : Divergence.Mean(divergence, nn.functional.linear(hidden, map), nn.functional.linear(teacherHidden, teacherMap));
        loss.backward();
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long peak = ProcessMemory.Now().Peak;
        if (file is not null) Safetensors.Save(file, [("hidden", hidden.grad!), ("map", map.grad!)]);
        return new(ms, loss.ToDouble(), before, peak);
    }
}

/// <summary>The chunked loss fused with the last map beside the plain one: memory, time, and whether they agree.</summary>
/// <param name="Work">The sizes.</param>
/// <param name="Rounds">Runs of either side, each in a process of its own.</param>
/// <param name="PlainMs">Median milliseconds of the plain loss.</param>
/// <param name="FusedMs">Of the fused one.</param>
/// <param name="TimeRatio">Median over the rounds of fused over plain.</param>
/// <param name="PlainBaseBytes">Largest resident memory before the loss, the largest of the rounds.</param>
/// <param name="FusedBaseBytes">Likewise.</param>
/// <param name="PlainPeakBytes">Largest resident memory of the whole process, the smallest of the rounds.</param>
/// <param name="FusedPeakBytes">The largest of the rounds.</param>
/// <param name="PeakRatio">Fused over plain, of the whole processes.</param>
/// <param name="ValueDifference">|fused − plain| / plain.</param>
/// <param name="HiddenDifference">‖fused − plain‖ / ‖plain‖ of the gradient at the hidden states.</param>
/// <param name="MapDifference">Of the gradient at the map.</param>
public sealed record LossMemory(
    LossWork Work, int Rounds, double PlainMs, double FusedMs, double TimeRatio, long PlainBaseBytes, long FusedBaseBytes, long PlainPeakBytes, long FusedPeakBytes,
    double PeakRatio, double ValueDifference, double HiddenDifference, double MapDifference)
{
    /// <summary>Runs both sides in alternation.</summary>
    /// <param name="work">The sizes.</param>
    /// <param name="rounds">Runs of either side.</param>
    /// <param name="alone">Runs one side in a process of its own, leaving its gradients in a file.</param>
    /// <exception cref="KitException">A process failed, for want of memory for instance.</exception>
    public static LossMemory Measure(LossWork work, int rounds, Func<LossWork, bool, string, LossRun> alone)
    {
        var folder = Directory.CreateTempSubdirectory("kit-loss-");
        try
        {
            List<LossRun> plain = [], fused = [];
            string File(bool isFused) => Path.Combine(folder.FullName, isFused ? "fused.safetensors" : "plain.safetensors");
            for (int round = 0; round < rounds; round++)
                foreach (bool isFused in round % 2 == 0 ? [false, true] : new[] { true, false })
                    (isFused ? fused : plain).Add(alone(work, isFused, File(isFused)));
            var (hidden, map) = Differences(File(false), File(true));
            long plainPeak = plain.Min(r => r.PeakBytes), fusedPeak = fused.Max(r => r.PeakBytes);
            return new(work, rounds, Median(plain.Select(r => r.Ms)), Median(fused.Select(r => r.Ms)), Median(fused.Zip(plain, (f, p) => f.Ms / p.Ms)),
                plain.Max(r => r.BaseBytes), fused.Max(r => r.BaseBytes), plainPeak, fusedPeak, (double)fusedPeak / plainPeak,
                Math.Abs(fused[0].Value - plain[0].Value) / plain[0].Value, hidden, map);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (double Hidden, double Map) Differences(string plain, string fused)
    {
        using var scope = NewDisposeScope();
        var (expected, found) = (Safetensors.Load(plain), Safetensors.Load(fused));
        double Of(string name) => ((found[name] - expected[name]).norm() / expected[name].norm()).ToDouble();
        return (Of("hidden"), Of("map"));
    }

    private static double Median(IEnumerable<double> values) => MathNet.Numerics.Statistics.Statistics.Median(values);
}
