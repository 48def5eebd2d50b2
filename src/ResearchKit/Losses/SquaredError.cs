using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>How far numbers are from where they should be.</summary>
public static class SquaredError
{
    /// <summary>(y − t)², mean over all entries.</summary>
    /// <param name="values">[...] y, in any floating type; computed in at least single precision.</param>
    /// <param name="targets">[...] t, in any floating type. No constant here: where it must be, it comes without a graph.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The shapes differ or hold nothing.</exception>
    public static Tensor Mean(Tensor values, Tensor targets)
    {
        if (!values.shape.AsSpan().SequenceEqual(targets.shape) || values.numel() == 0)
            throw new ArgumentException($"A squared error compares as many values as targets, and at least one: got [{string.Join(", ", values.shape)}] and "
                + $"[{string.Join(", ", targets.shape)}].", nameof(targets));
        using var scope = NewDisposeScope();
        var difference = Precision.Widen(values) - Precision.Widen(targets);   // the two may be of different types
        return (difference * difference).mean().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// (y_S − y_T)² of vectors at tokens, mean over the real tokens and over units: of hidden states, or of what a map says. What stands at
    /// the other positions does not matter, ∞ and NaN included.
    /// </summary>
    /// <param name="student">[B, T, D] of the student, in any floating type; computed in at least single precision.</param>
    /// <param name="teacher">[B, T, D] of the teacher. No constant here: where it must be, it comes without a graph.</param>
    /// <param name="mask">[B, T] bool, true at real tokens; null for all.</param>
    /// <param name="relative">Divide by the mean of y_T² over the same tokens, which is a constant: Σ (y_S − y_T)² / Σ y_T², 1 for a student that
    /// says 0 everywhere. A teacher that says 0 everywhere is no measure; there it is the mean itself.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static Tensor OfTokens(Tensor student, Tensor teacher, Tensor? mask, bool relative = false)
    {
        Shapes.RequireAlike(student.shape, teacher.shape);
        Shapes.RequirePositions(student.shape, mask, nameof(mask));
        using var scope = NewDisposeScope();
        var apart = mask?.logical_not().unsqueeze(-1);
        var sum = nn.functional.mse_loss(Real(Precision.Widen(student)), Real(Precision.Widen(teacher)), nn.Reduction.Sum);
        // Counted where the mask is: asking the count of a GPU would wait for it.
        var count = mask is null ? sum.new_full([], Math.Max(1, student.numel())) : (mask.sum() * student.shape[^1]).clamp_min(1).to(sum.dtype);
        if (relative)
        {
            var measure = Real(Precision.Widen(teacher.detach())).square().sum();
            count = where(measure.gt(0), measure, count);
        }
        return (sum / count).MoveToOuterDisposeScope();

        // Before the square: what is not finite has no derivative there, not even times 0.
        Tensor Real(Tensor x) => apart is null ? x : x.masked_fill(apart, 0);
    }
}
