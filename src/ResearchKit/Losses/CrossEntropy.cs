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
        var flat = targets.reshape(-1);
        return ChunkedLoss.Mean([source], scored, chunk, 1, (logits, wanted, positions) => OfChunk(logits[0], positions.Of(flat), wanted[0])).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Chunked"/>, of targets that are all scored, as those of <see cref="Batch.AtScored"/> are: a GPU need not be asked which.</summary>
    internal static Tensor ChunkedScored(LogitSource source, Tensor targets)
    {
        Shapes.RequirePositions(source.Shape, targets, nameof(targets));
        var flat = targets.reshape(-1);
        return ChunkedLoss.Mean([source], null, null, 1, (logits, wanted, positions) => OfChunk(logits[0], positions.Of(flat), wanted[0]));
    }

    // Σ −log q_y, and at the logits q − 1[y].
    private static ChunkSum OfChunk(Tensor logits, Tensor targets, bool wanted)
    {
        var logQ = Precision.LogSoftmax(logits, 1);
        var right = targets.unsqueeze(1);
        var sum = logQ.gather(1, right).sum().neg();
        return new(sum, wanted ? logQ.exp_().scatter_add_(1, right, full([1, 1], -1, dtype: logQ.dtype, device: logQ.device).expand_as(right)) : null);
    }
}
