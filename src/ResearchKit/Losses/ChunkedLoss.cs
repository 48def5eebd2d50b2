using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>The logits of a few positions, and what several losses take of them, computed once.</summary>
internal sealed class Chunk(Tensor[] logits, Positions positions)
{
    private readonly Dictionary<(int Source, double Temperature, bool Log), Tensor> _known = [];

    /// <summary>[n, V] of each source, without a graph.</summary>
    public Tensor[] Logits => logits;

    /// <summary>Which positions they are.</summary>
    public Positions Positions => positions;

    /// <summary>[n, V] log softmax(logits/τ) of a source; not to be written to.</summary>
    public Tensor LogProbabilities(int source, double temperature = 1) => Once((source, temperature, true), () => Precision.LogSoftmax(logits[source], temperature));

    /// <summary>[n, V] softmax(logits/τ) of a source; not to be written to.</summary>
    public Tensor Probabilities(int source, double temperature = 1) => Once((source, temperature, false), () => LogProbabilities(source, temperature).exp());

    private Tensor Once((int, double, bool) key, Func<Tensor> make) => _known.TryGetValue(key, out var known) ? known : _known[key] = make();
}

/// <summary>A chunk's part of a sum, and its gradients at the logits.</summary>
/// <param name="Sum">A scalar without a graph.</param>
/// <param name="Gradients">[n, V] of each source, null where none was wanted.</param>
internal readonly record struct ChunkSum(Tensor Sum, params Tensor?[] Gradients)
{
    /// <summary>Of a sum whose gradients nobody has written down.</summary>
    public static ChunkSum ByAutograd(Chunk chunk, bool[] wanted, Func<Tensor[], Tensor> sum)
    {
        Tensor[] logits = [.. chunk.Logits.Select((z, i) => wanted[i] ? z.detach().requires_grad_() : z)];
        Tensor value;
        using (enable_grad()) value = sum(logits);
        Tensor[] leaves = [.. logits.Where((_, i) => wanted[i])];
        var found = new Queue<Tensor>(leaves.Length == 0 ? [] : autograd.grad([value], leaves));
        return new(value.detach(), [.. wanted.Select(w => w ? found.Dequeue() : null)]);
    }
}

/// <summary>A loss as its sum over a chunk.</summary>
/// <param name="Factor">Of the mean.</param>
/// <param name="Sum">Gives the sum, and the gradients at those sources' logits that are wanted. Runs without a graph.</param>
/// <param name="By">The sources by which it is differentiated, where they have a graph; the others are constants.</param>
internal sealed record ChunkedTerm(double Factor, Func<Chunk, bool[], ChunkSum> Sum, params int[] By)
{
    /// <summary>The sources of a divergence, in their order.</summary>
    public const int Student = 0, Teacher = 1;
}

/// <summary>
/// Means over positions, computed a chunk of positions at a time together with their gradients. The graph they leave holds the
/// gradients, which are as large as what the logits come from, and none of what was in between.
/// </summary>
internal static class ChunkedLoss
{
    // Logits in a chunk. On a CPU what is made of them stays in its caches; a product with the last map wants more rows. On a GPU, enough for
    // its kernels to fill it.
    private const long ElementsOnCpu = 1 << 19, MappedOnCpu = 1 << 22, Elements = 1 << 26;

    /// <summary>Of every term its factor · (sum over the positions) / (their number).</summary>
    /// <param name="sources">Logits of the same positions.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="chunk">Positions at once; null to choose.</param>
    /// <param name="terms">What is computed of the same chunks.</param>
    /// <returns>A scalar for each term, in the current dispose scope; 0 with zero gradient where no position counts.</returns>
    public static Tensor[] Means(LogitSource[] sources, Tensor? mask, int? chunk, params ChunkedTerm[] terms)
    {
        if (chunk < 1) throw new ArgumentException($"A chunk has at least one position, not {chunk}.", nameof(chunk));
        using var scope = NewDisposeScope();
        var gradients = new SourceGradient[terms.Length][];
        for (int t = 0; t < terms.Length; t++) gradients[t] = [.. sources.Select(s => new SourceGradient(s))];
        var flat = gradients[0][0].Flat;
        var type = gradients[0].Any(p => p.Flat.dtype == ScalarType.Float64) ? ScalarType.Float64 : ScalarType.Float32;
        bool[][] wanted = [.. terms.Select((term, t) => gradients[t].Select((p, i) => is_grad_enabled() && term.By.Contains(i) && p.Wanted).ToArray())];
        var values = new Tensor[terms.Length];
        double[] scales;
        using (no_grad())
        {
            var rows = mask?.reshape(-1).nonzero().squeeze(1);
            long count = rows?.shape[0] ?? flat.shape[0];
            int size = chunk ?? Size(sources, flat.device.type);
            scales = [.. terms.Select(term => term.Factor / Math.Max(1, count))];
            for (int t = 0; t < terms.Length; t++)
            {
                values[t] = zeros([], dtype: ScalarType.Float64, device: flat.device);
                for (int i = 0; i < sources.Length; i++) if (wanted[t][i]) gradients[t][i].Begin(all: rows is null);
            }
            for (long start = 0; start < count; start += size)
            {
                using var inner = NewDisposeScope();
                long n = Math.Min(size, count - start);
                var positions = new Positions(rows?.narrow(0, start, n), start, n);
                var here = new Chunk([.. gradients[0].Select(p => p.Logits(positions))], positions);
                for (int t = 0; t < terms.Length; t++)
                {
                    var part = terms[t].Sum(here, wanted[t]);
                    values[t].add_(part.Sum);
                    for (int i = 0; i < sources.Length; i++) if (wanted[t][i]) gradients[t][i].Add(positions, part.Gradients[i]!.to(here.Logits[i].dtype));
                }
            }
            for (int t = 0; t < terms.Length; t++) values[t] = values[t].mul_(scales[t]).to(type);
        }
        // What is kept are the gradients of the sums, not the means: one product on the way back does for both.
        return [.. values.Select((value, t) => (wanted[t].Contains(true)
            ? Precomputed.Of(value, gradients[t].Where((_, i) => wanted[t][i]).SelectMany(p => p.Pairs), scales[t]) : value).MoveToOuterDisposeScope())];
    }

    private static int Size(LogitSource[] sources, DeviceType device)
    {
        long most = device != DeviceType.CPU ? Elements : sources.Any(s => s.Weight is not null) ? MappedOnCpu : ElementsOnCpu;
        return (int)Math.Max(1, most / Math.Max(1, sources[0].Shape[^1]));
    }
}

/// <summary>The positions of a chunk: those of an index, or without one a range.</summary>
internal readonly record struct Positions(Tensor? Rows, long Start, long Count)
{
    /// <summary>[N, ...] to the chunk's [n, ...].</summary>
    public Tensor Of(Tensor x) => Rows is null ? x.narrow(0, Start, Count) : x.index_select(0, Rows);

    /// <summary>The other way: [n, ...] to where it belongs.</summary>
    public void Put(Tensor into, Tensor x)
    {
        if (Rows is null) into.narrow(0, Start, Count).copy_(x);
        else into.index_copy_(0, Rows, x);
    }
}
