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
        var difference = Precision.Widen(values) - Precision.Widen(targets);
        return (difference * difference).mean().MoveToOuterDisposeScope();
    }
}
