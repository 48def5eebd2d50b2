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

/// <summary>How the loss is computed.</summary>
public enum LossSide
{
    /// <summary>Through the logits of all positions.</summary>
    Plain,

    /// <summary>In chunks of positions, fused with the last map.</summary>
    Fused,

    /// <summary>Fused, in double precision: what both would say without rounding.</summary>
    Exact,
}

/// <summary>One forward and backward pass of the loss in a process of its own.</summary>
/// <param name="Ms">Milliseconds.</param>
/// <param name="Value">The loss.</param>
/// <param name="BaseBytes">Largest resident memory with the inputs made, before the loss.</param>
/// <param name="PeakBytes">Largest resident memory.</param>
public sealed record LossRun(double Ms, double Value, long BaseBytes, long PeakBytes)
{
    /// <summary>Runs it in this process.</summary>
    /// <param name="work">The sizes.</param>
    /// <param name="side">How.</param>
    /// <param name="file">Where to put the gradients, for comparison.</param>
    public static LossRun Of(LossWork work, LossSide side, string file)
    {
        set_num_threads(work.Threads);
        Once(work with { Tokens = 4, Vocabulary = 64 }, side, null);   // the runtime compiles what runs
        return Once(work, side, file);
    }

    private static LossRun Once(LossWork work, LossSide side, string? file)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var type = side == LossSide.Exact ? ScalarType.Float64 : ScalarType.Float32;
        // Logits of a standard deviation of about 3, as trained models have them.
        Tensor Hidden() => randn([work.Tokens, work.Width], generator: generator).to(type);
        Tensor Map() => randn([work.Vocabulary, work.Width], generator: generator).mul_(3 / Math.Sqrt(work.Width)).to(type);
        Tensor hidden = Hidden().requires_grad_(), map = Map().requires_grad_(), teacherHidden = Hidden(), teacherMap = Map();
        var divergence = TokenDivergence.Named(work.Divergence);
        long before = ProcessMemory.Now().Peak;
        long start = Stopwatch.GetTimestamp();
        var loss = side == LossSide.Plain
            ? Divergence.Mean(divergence, nn.functional.linear(hidden, map), nn.functional.linear(teacherHidden, teacherMap))
            : Divergence.Chunked(divergence, LogitSource.Of(hidden, map), LogitSource.Of(teacherHidden, teacherMap));
        loss.backward();
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long peak = ProcessMemory.Now().Peak;
        if (file is not null) Safetensors.Save(file, [("hidden", hidden.grad!), ("map", map.grad!)]);
        return new(ms, loss.ToDouble(), before, peak);
    }
}

/// <summary>How far two sides are apart, relative to the second: of the value, and in norm of the gradients at the hidden states and
/// at the map.</summary>
public sealed record LossDifference(double Value, double Hidden, double Map);

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
/// <param name="Apart">Fused from plain.</param>
/// <param name="PlainError">Plain from double precision: what rounding costs there.</param>
/// <param name="FusedError">Fused from double precision.</param>
public sealed record LossMemory(
    LossWork Work, int Rounds, double PlainMs, double FusedMs, double TimeRatio, long PlainBaseBytes, long FusedBaseBytes, long PlainPeakBytes, long FusedPeakBytes,
    double PeakRatio, LossDifference Apart, LossDifference PlainError, LossDifference FusedError)
{
    /// <summary>Runs both sides in alternation, then the exact one.</summary>
    /// <param name="work">The sizes.</param>
    /// <param name="rounds">Runs of either side.</param>
    /// <param name="alone">Runs one side in a process of its own, leaving its gradients in a file.</param>
    /// <exception cref="KitException">A process failed, for want of memory for instance.</exception>
    public static LossMemory Measure(LossWork work, int rounds, Func<LossWork, LossSide, string, LossRun> alone)
    {
        var folder = Directory.CreateTempSubdirectory("kit-loss-");
        try
        {
            string File(LossSide side) => Path.Combine(folder.FullName, $"{side}.safetensors");
            var runs = new[] { LossSide.Plain, LossSide.Fused }.ToDictionary(side => side, _ => new List<LossRun>());
            for (int round = 0; round < rounds; round++)
                foreach (var side in round % 2 == 0 ? runs.Keys : runs.Keys.Reverse())
                    runs[side].Add(alone(work, side, File(side)));
            var (plain, fused) = (runs[LossSide.Plain], runs[LossSide.Fused]);
            var exact = alone(work, LossSide.Exact, File(LossSide.Exact));
            long plainPeak = plain.Min(r => r.PeakBytes), fusedPeak = fused.Max(r => r.PeakBytes);
            return new(work, rounds, Median(plain.Select(r => r.Ms)), Median(fused.Select(r => r.Ms)), Median(fused.Zip(plain, (f, p) => f.Ms / p.Ms)),
                plain.Max(r => r.BaseBytes), fused.Max(r => r.BaseBytes), plainPeak, fusedPeak, (double)fusedPeak / plainPeak,
                Between((fused[0], File(LossSide.Fused)), (plain[0], File(LossSide.Plain))),
                Between((plain[0], File(LossSide.Plain)), (exact, File(LossSide.Exact))),
                Between((fused[0], File(LossSide.Fused)), (exact, File(LossSide.Exact))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static LossDifference Between((LossRun Run, string File) one, (LossRun Run, string File) other)
    {
        using var scope = NewDisposeScope();
        var (found, expected) = (Safetensors.Load(one.File), Safetensors.Load(other.File));
        double Of(string name)
        {
            var wanted = expected[name].to(ScalarType.Float64);
            return ((found[name].to(ScalarType.Float64) - wanted).norm() / wanted.norm()).ToDouble();
        }
        return new(Math.Abs(one.Run.Value - other.Run.Value) / other.Run.Value, Of("hidden"), Of("map"));
    }

    private static double Median(IEnumerable<double> values) => MathNet.Numerics.Statistics.Statistics.Median(values);
}
