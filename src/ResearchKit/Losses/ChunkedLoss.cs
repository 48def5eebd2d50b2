using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>A chunk's part of a sum, and its gradients at the logits.</summary>
/// <param name="Sum">A scalar without a graph.</param>
/// <param name="Gradients">[n, V] of each source, null where none was wanted.</param>
internal readonly record struct ChunkSum(Tensor Sum, params Tensor?[] Gradients)
{
    /// <summary>Of a sum whose gradients nobody has written down.</summary>
    public static ChunkSum ByAutograd(Tensor[] logits, bool[] wanted, Func<Tensor[], Tensor> sum)
    {
        if (!wanted.Contains(true)) return new(sum(logits), new Tensor?[logits.Length]);
        Tensor[] leaves = [.. logits.Where((_, i) => wanted[i]).Select(z => z.requires_grad_())];
        Tensor value;
        using (enable_grad()) value = sum(logits);
        var gradients = new Queue<Tensor>(autograd.grad([value], leaves));
        return new(value.detach(), [.. wanted.Select(w => w ? gradients.Dequeue() : null)]);
    }
}

/// <summary>
/// A mean over positions, computed a chunk of positions at a time together with its gradients. The graph it leaves holds the
/// gradients, which are as large as what the logits come from, and none of what was in between.
/// </summary>
internal static class ChunkedLoss
{
    // Logits in a chunk. On a CPU what is made of them stays in its caches; a product with the last map wants more rows. On a GPU, enough for
    // its kernels to fill it.
    private const long ElementsOnCpu = 1 << 19, MappedOnCpu = 1 << 22, Elements = 1 << 26;

    /// <summary>factor · (sum over the positions) / (their number).</summary>
    /// <param name="sources">Logits of the same positions.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="chunk">Positions at once; null to choose.</param>
    /// <param name="factor">Of the mean.</param>
    /// <param name="sum">Gives the sum over a chunk, from [n, V] logits of each source, and the gradients at those that are wanted. Runs without a graph.</param>
    /// <returns>A scalar in the current dispose scope; 0 with zero gradient where no position counts.</returns>
    public static Tensor Mean(LogitSource[] sources, Tensor? mask, int? chunk, double factor, Func<Tensor[], bool[], Positions, ChunkSum> sum)
    {
        if (chunk < 1) throw new ArgumentException($"A chunk has at least one position, not {chunk}.", nameof(chunk));
        using var scope = NewDisposeScope();
        SourceGradient[] parts = [.. sources.Select(s => new SourceGradient(s))];
        var type = parts.Any(p => p.Flat.dtype == ScalarType.Float64) ? ScalarType.Float64 : ScalarType.Float32;
        bool[] wanted = [.. parts.Select(p => is_grad_enabled() && p.Wanted)];
        Tensor value;
        double scale;
        using (no_grad())
        {
            var rows = mask?.reshape(-1).nonzero().squeeze(1);
            long count = rows?.shape[0] ?? parts[0].Flat.shape[0];
            scale = factor / Math.Max(1, count);
            int size = chunk ?? Size(sources, parts[0].Flat.device.type);
            for (int i = 0; i < parts.Length; i++) if (wanted[i]) parts[i].Begin(all: rows is null);
            value = zeros([], dtype: ScalarType.Float64, device: parts[0].Flat.device);
            for (long start = 0; start < count; start += size)
            {
                using var inner = NewDisposeScope();
                long n = Math.Min(size, count - start);
                var positions = new Positions(rows?.narrow(0, start, n), start, n);
                var part = sum([.. parts.Select(p => p.Logits(positions))], wanted, positions);
                value.add_(part.Sum);
                for (int i = 0; i < parts.Length; i++) if (wanted[i]) parts[i].Add(positions, part.Gradients[i]!);
            }
            value = value.mul_(scale).to(type);
        }
        // Of the sum, not the mean: one product on the way back does for both.
        return (wanted.Contains(true) ? Precomputed.Of(value, parts.Where((_, i) => wanted[i]).SelectMany(p => p.Pairs), scale) : value).MoveToOuterDisposeScope();
    }

    private static int Size(LogitSource[] sources, TorchSharp.DeviceType device)
    {
        long most = device != TorchSharp.DeviceType.CPU ? Elements : sources.Any(s => s.Weight is not null) ? MappedOnCpu : ElementsOnCpu;
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
