using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>What a comparison of attention maps entry by entry is a mean over.</summary>
public enum MapReduction
{
    /// <summary>Heads, and those entries of real queries that the query may see: padding changes nothing.</summary>
    Visible,

    /// <summary>All B·H·T·T entries, the queries at padding among them, what may not be seen as 0 on both sides: what TinyBERT's released code
    /// averages over. The number falls with the padding.</summary>
    Authors,
}

/// <summary>How far a student's attention maps are from its teacher's, entry by entry.</summary>
public static class AttentionScores
{
    /// <summary>
    /// L_attn of TinyBERT (Jiao et al., arXiv 1909.10351, equation 7) of one layer: (A_S − A_T)², where A are the scores q·k/√d before the softmax,
    /// or the probabilities after it.
    /// </summary>
    /// <remarks>
    /// The authors add the mask to the scores (−10000 at padding), set everything at or below −100 to 0 on both sides, and take PyTorch's
    /// mean squared error of the two tensors: <see cref="MapReduction.Authors"/>.
    /// </remarks>
    /// <param name="student">[B, H, T, T] of one layer, with or without a mask added, in any floating type; computed in at least single precision.</param>
    /// <param name="teacher">[B, H, T, T] of the teacher. No constant here: where it must be, it comes without a graph.</param>
    /// <param name="mask">[B, T] bool, true at real tokens; null for all.</param>
    /// <param name="causal">Whether no query may see what comes after it: a decoder's.</param>
    /// <param name="reduction">What the mean is over.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="KitException">The numbers of heads differ.</exception>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static Tensor OfLayer(Tensor student, Tensor teacher, Tensor? mask, bool causal = false, MapReduction reduction = MapReduction.Visible)
    {
        Visible.RequireMaps(student.shape, teacher.shape, mask);
        long heads = student.shape[1], length = student.shape[2];
        if (student.shape[3] != length)
            throw new ArgumentException($"Scores are [B, H, T, T], got [{string.Join(", ", student.shape)}].", nameof(student));
        using var scope = NewDisposeScope();
        var apart = Visible.Hidden(mask, causal, length, student.device);
        if (reduction == MapReduction.Visible && Visible.Padding(mask) is { } padding) apart = apart is null ? padding : apart.logical_or(padding);
        var difference = Precision.Widen(student) - Precision.Widen(teacher);
        // Before the square: what is not finite has no derivative there, not even times 0.
        if (apart is not null) difference = difference.masked_fill(apart, 0);
        var sum = difference.square().sum();
        if (reduction == MapReduction.Authors || apart is null) return (sum / Math.Max(1, student.numel())).MoveToOuterDisposeScope();
        var seen = apart.logical_not().expand(mask is null ? 1 : student.shape[0], 1, length, length).sum() * (heads * (mask is null ? student.shape[0] : 1));
        return (sum / seen.clamp_min(1)).MoveToOuterDisposeScope();
    }
}
