using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>Cross entropy with the right answer.</summary>
public static class CrossEntropy
{
    /// <summary>−log softmax(logits)[target], mean over the scored positions: of classes, or of next tokens.</summary>
    /// <param name="logits">[..., V] in any floating type; computed in at least single precision.</param>
    /// <param name="targets">[...] int64 in 0..V-1; <see cref="Batch.Ignored"/> where nothing is scored. Next-token targets are
    /// already shifted (<see cref="Batch.NextTokenTargets"/>).</param>
    /// <param name="mask">[...] bool, false at positions to leave out besides; null for none.</param>
    /// <returns>A scalar; 0 with zero gradient where nothing is scored.</returns>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static Tensor Mean(Tensor logits, Tensor targets, Tensor? mask = null)
    {
        Shapes.RequirePositions(logits.shape, targets, nameof(targets));
        Shapes.RequirePositions(logits.shape, mask, nameof(mask));
        using var scope = NewDisposeScope();
        if (mask is not null) targets = targets.masked_fill(mask.logical_not(), Batch.Ignored);
        var sum = nn.functional.cross_entropy(
            Precision.Widen(logits).reshape(-1, logits.shape[^1]), targets.reshape(-1),
            ignore_index: Batch.Ignored, reduction: nn.Reduction.Sum);
        // Counted where the targets are: asking the count of a GPU would wait for it.
        return (sum / targets.ne(Batch.Ignored).sum().clamp_min(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The same number and first derivatives, a few positions at a time, as <see cref="Divergence.Chunked"/> does it.</summary>
    /// <param name="source">The logits, or the hidden states and the map that give them.</param>
    /// <param name="targets">As in <see cref="Mean"/>.</param>
    /// <param name="mask">As in <see cref="Mean"/>.</param>
    /// <param name="chunk">Positions at once; null to let the vocabulary and the device decide.</param>
    /// <returns>A scalar; 0 with zero gradient where nothing is scored.</returns>
    /// <exception cref="ArgumentException">The shapes do not belong together, or a chunk has no position.</exception>
    public static Tensor Chunked(LogitSource source, Tensor targets, Tensor? mask = null, int? chunk = null)
    {
        Shapes.RequirePositions(source.Shape, targets, nameof(targets));
        Shapes.RequirePositions(source.Shape, mask, nameof(mask));
        using var scope = NewDisposeScope();
        var scored = targets.ne(Batch.Ignored);
        if (mask is not null) scored = scored.logical_and(mask);
        return ChunkedLoss.Means([source], scored, chunk, Term(0, targets))[0].MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Chunked"/>, of targets that are all scored, as those of <see cref="Batch.AtScored"/> are: a GPU need not be asked which.</summary>
    internal static Tensor ChunkedScored(LogitSource source, Tensor targets)
    {
        Shapes.RequirePositions(source.Shape, targets, nameof(targets));
        return ChunkedLoss.Means([source], null, null, Term(0, targets))[0];
    }

    /// <summary>One of several losses of the same chunks: Σ −log q_y of a source, and at its logits q − 1[y].</summary>
    internal static ChunkedTerm Term(int source, Tensor targets)
    {
        var flat = targets.reshape(-1);
        return new(1, (chunk, wanted) =>
        {
            var right = chunk.Positions.Of(flat).unsqueeze(1);
            var gradients = new Tensor?[wanted.Length];
            if (wanted[source])
            {
                var q = chunk.Probabilities(source);
                gradients[source] = q.clone().scatter_add_(1, right, full([1, 1], -1, dtype: q.dtype, device: q.device).expand_as(right));
            }
            return new(chunk.LogProbabilities(source).gather(1, right).sum().neg(), gradients);
        }, source);
    }
}
