using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>
/// A mean over positions, computed a chunk of positions at a time together with its gradients. The graph it leaves holds the
/// gradients, which are as large as what the logits come from, and none of what was in between.
/// </summary>
internal static class ChunkedLoss
{
    // Logits in a chunk. On a CPU, 16 MB in single precision: the allocator hands such blocks out again, and returns much larger ones to
    // the system, which clears them anew each time. On a GPU, enough for its kernels to fill it.
    private const long ElementsOnCpu = 1 << 22, Elements = 1 << 26;

    /// <summary>factor · (sum over the positions) / (their number).</summary>
    /// <param name="sources">Logits of the same positions.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="chunk">Positions at once; null to choose.</param>
    /// <param name="factor">Of the mean.</param>
    /// <param name="sum">Gives a scalar, the sum over a chunk, from [n, V] logits of each source.</param>
    /// <returns>A scalar in the current dispose scope; 0 with zero gradient where no position counts.</returns>
    public static Tensor Mean(LogitSource[] sources, Tensor? mask, int? chunk, double factor, Func<Tensor[], Positions, Tensor> sum)
    {
        if (chunk < 1) throw new ArgumentException($"A chunk has at least one position, not {chunk}.", nameof(chunk));
        using var scope = NewDisposeScope();
        SourceGradient[] parts = [.. sources.Select(s => new SourceGradient(s))];
        var type = parts.Any(p => p.Flat.dtype == ScalarType.Float64) ? ScalarType.Float64 : ScalarType.Float32;
        bool differentiated = is_grad_enabled() && parts.Any(p => p.Wanted);
        Tensor value;
        using (no_grad())
        {
            var rows = mask?.reshape(-1).nonzero().squeeze(1);
            long count = rows?.shape[0] ?? parts[0].Flat.shape[0];
            int size = chunk ?? Size(sources[0], parts[0].Flat.device.type);
            if (differentiated) foreach (var part in parts) part.Begin();
            value = zeros([], dtype: ScalarType.Float64, device: parts[0].Flat.device);
            for (long start = 0; start < count; start += size)
            {
                using var inner = NewDisposeScope();
                long n = Math.Min(size, count - start);
                var positions = new Positions(rows?.narrow(0, start, n), start, n);
                value.add_(Add(parts, positions, differentiated, factor / count, sum));
            }
            value = value.to(type);
        }
        return (differentiated ? Precomputed.Of(value, parts.SelectMany(p => p.Pairs)) : value).MoveToOuterDisposeScope();
    }

    // One chunk's part of the value; its part of the gradients is added where it belongs.
    private static Tensor Add(SourceGradient[] parts, Positions positions, bool differentiated, double factor, Func<Tensor[], Positions, Tensor> sum)
    {
        Tensor[] logits = [.. parts.Select(p => p.Logits(positions))];
        if (!differentiated) return sum(logits, positions) * factor;
        SourceGradient[] wanted = [.. parts.Where(p => p.Wanted)];
        Tensor[] leaves = [.. parts.Zip(logits).Where(p => p.First.Wanted).Select(p => p.Second.requires_grad_())];
        Tensor value;
        using (enable_grad()) value = sum(logits, positions) * factor;
        var gradients = autograd.grad([value], leaves);
        for (int i = 0; i < wanted.Length; i++) wanted[i].Add(positions, gradients[i]);
        return value.detach();
    }

    private static int Size(LogitSource source, TorchSharp.DeviceType device) =>
        (int)Math.Max(1, (device == TorchSharp.DeviceType.CPU ? ElementsOnCpu : Elements) / Math.Max(1, source.Shape[^1]));
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
