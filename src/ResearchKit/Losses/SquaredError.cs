using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>The loss of numbers rather than classes.</summary>
public static class SquaredError
{
    /// <summary>(output − target)², mean over rows.</summary>
    /// <param name="outputs">[B, 1] or [B] in any floating type; computed in at least single precision.</param>
    /// <param name="targets">[B] or of the outputs' shape: labels, or the outputs of another model.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The numbers of rows differ, or an output is no single number.</exception>
    public static Tensor Mean(Tensor outputs, Tensor targets)
    {
        if (outputs.numel() != outputs.shape[0] || targets.numel() != outputs.shape[0])
            throw new ArgumentException($"One number a row is compared: got outputs [{string.Join(", ", outputs.shape)}] and targets [{string.Join(", ", targets.shape)}].", nameof(targets));
        using var scope = NewDisposeScope();
        return (Precision.Widen(outputs).reshape(-1) - Precision.Widen(targets).reshape(-1)).square().mean().MoveToOuterDisposeScope();
    }
}
