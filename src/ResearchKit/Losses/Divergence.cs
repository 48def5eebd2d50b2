using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>
/// Divergences between what a student and a teacher predict: summed over the vocabulary, mean over the unmasked positions.
/// The positions are rows ([B, C], an encoder's classes) or tokens ([B, T, V], a decoder's).
/// </summary>
public static class Divergence
{
    /// <summary>
    /// Forward KL, τ² Σ_v p_v (log p_v − log q_v) with p = softmax(teacher/τ), q = softmax(student/τ): for classes the soft target
    /// loss of Hinton, Vinyals and Dean (arXiv 1503.02531), for tokens word-level distillation (Kim and Rush, arXiv 1606.07947).
    /// </summary>
    /// <remarks>
    /// τ² keeps the gradient's size while τ changes. The published code of Gradient KD divides by the number of classes as well
    /// (PyTorch's <c>reduction='mean'</c>); its weights carry over after dividing this by V.
    /// The teacher is no constant here: where it must be, its logits come without a graph.
    /// </remarks>
    /// <param name="logits">[..., V] of the student, in any floating type; computed in at least single precision.</param>
    /// <param name="teacherLogits">[..., V] of the teacher.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="KitException">The vocabularies differ.</exception>
    /// <exception cref="ArgumentException">The positions differ.</exception>
    public static Tensor ForwardKl(Tensor logits, Tensor teacherLogits, Tensor? mask = null, double temperature = 1)
    {
        Shapes.RequireSame(logits, teacherLogits);
        Shapes.RequirePositions(logits, mask, nameof(mask));
        Precision.RequireTemperature(temperature);
        using var scope = NewDisposeScope();
        var q = Precision.LogSoftmax(logits, temperature);
        var p = Precision.LogSoftmax(teacherLogits, temperature);
        var perPosition = (p.exp() * (p - q)).sum(-1);
        return (MaskedMean(perPosition, mask) * (temperature * temperature)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean over the positions where the mask is true; 0 where it is nowhere.</summary>
    private static Tensor MaskedMean(Tensor perPosition, Tensor? mask) => mask is null
        ? perPosition.mean()
        : perPosition.masked_fill(mask.logical_not(), 0).sum() / mask.sum().clamp_min(1);
}
