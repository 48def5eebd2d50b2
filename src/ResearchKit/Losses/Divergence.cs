using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>
/// Divergences between what a student and a teacher predict: summed over the vocabulary, mean over the unmasked positions.
/// The positions are rows ([B, C], an encoder's classes) or tokens ([B, T, V], a decoder's).
/// </summary>
/// <remarks>
/// p = softmax(teacher/τ) and q = softmax(student/τ), and every divergence is multiplied by τ², which keeps the gradient's size
/// while τ changes. The teacher is no constant here: where it must be, its logits come without a graph. What stands at masked
/// positions does not matter, ∞ and NaN included. <see cref="TokenDivergence"/> has the formulas.
/// </remarks>
public static class Divergence
{
    /// <summary>τ² times a divergence, mean over the positions.</summary>
    /// <param name="divergence">Which.</param>
    /// <param name="logits">[..., V] of the student, in any floating type; computed in at least single precision.</param>
    /// <param name="teacherLogits">[..., V] of the teacher.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="KitException">The vocabularies differ, or τ is not above 0.</exception>
    /// <exception cref="ArgumentException">The positions differ.</exception>
    public static Tensor Mean(TokenDivergence divergence, Tensor logits, Tensor teacherLogits, Tensor? mask = null, double temperature = 1)
    {
        Require(logits.shape, teacherLogits.shape, mask, temperature);
        using var scope = NewDisposeScope();
        var perPosition = divergence.PerPosition(LogProbabilities(teacherLogits), LogProbabilities(logits));
        var sum = mask is null ? perPosition.sum() : perPosition.masked_fill(mask.logical_not(), 0).sum();
        // Counted where the mask is: asking the count of a GPU would wait for it.
        var mean = mask is null ? sum / Math.Max(1, perPosition.numel()) : sum / mask.sum().clamp_min(1);
        return (mean * (temperature * temperature)).MoveToOuterDisposeScope();

        // The softmax of what is not finite has no derivative, not even times 0.
        Tensor LogProbabilities(Tensor x) =>
            Precision.LogSoftmax(mask is null ? x : x.masked_fill(mask.logical_not().unsqueeze(-1), 0), temperature);
    }

    /// <summary>
    /// The same number and the same first derivatives, a few positions at a time: of student and teacher no more than one chunk's
    /// log-probabilities exist at once, and where hidden states and the last map are given, no more than one chunk's logits either.
    /// </summary>
    /// <remarks>
    /// The gradients are computed on the way and kept: as much memory as the logits have that were given with a graph; as the hidden
    /// states and the map where those were. A second derivative is not to be had; use <see cref="Mean"/> for one. With a mask on a GPU
    /// the host waits for it once, to learn which positions count; the others are not computed.
    /// </remarks>
    /// <param name="divergence">Which.</param>
    /// <param name="student">Its logits, or the hidden states and the map that give them.</param>
    /// <param name="teacher">Likewise.</param>
    /// <param name="mask">[...] bool, true at the positions that count; null for all.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="chunk">Positions at once; null to let the vocabulary and the device decide.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="KitException">The vocabularies differ, or τ is not above 0.</exception>
    /// <exception cref="ArgumentException">The positions differ, or a chunk has none.</exception>
    public static Tensor Chunked(
        TokenDivergence divergence, LogitSource student, LogitSource teacher, Tensor? mask = null, double temperature = 1, int? chunk = null)
    {
        Require(student.Shape, teacher.Shape, mask, temperature);
        return ChunkedLoss.Means([student, teacher], mask, chunk, Term(divergence, temperature, ChunkedTerm.Student, ChunkedTerm.Teacher))[0];
    }

    /// <summary>One of several losses of the same chunks: its sources are a student and a teacher; it is differentiated by those named.</summary>
    internal static ChunkedTerm Term(TokenDivergence divergence, double temperature, params int[] by)
    {
        Precision.RequireTemperature(temperature);
        return new(temperature * temperature, (chunk, wanted) => divergence.OfChunk(chunk, temperature, wanted), by);
    }

    /// <summary>
    /// Forward KL, τ² Σ_v p_v (log p_v − log q_v): for classes the soft target loss of Hinton, Vinyals and Dean (arXiv 1503.02531),
    /// for tokens word-level distillation (Kim and Rush, arXiv 1606.07947).
    /// </summary>
    /// <remarks>
    /// The published code of Gradient KD divides by the number of classes as well (PyTorch's <c>reduction='mean'</c>); its weights
    /// carry over after dividing this by V.
    /// </remarks>
    /// <inheritdoc cref="Mean" path="/param|/returns|/exception"/>
    public static Tensor ForwardKl(Tensor logits, Tensor teacherLogits, Tensor? mask = null, double temperature = 1) =>
        Mean(TokenDivergence.ForwardKl, logits, teacherLogits, mask, temperature);

    /// <summary>Reverse KL, τ² Σ_v q_v (log q_v − log p_v) (Gu et al., arXiv 2306.08543; Rao et al., arXiv 2409.12512).</summary>
    /// <inheritdoc cref="Mean" path="/param|/returns|/exception"/>
    public static Tensor ReverseKl(Tensor logits, Tensor teacherLogits, Tensor? mask = null, double temperature = 1) =>
        Mean(TokenDivergence.ReverseKl, logits, teacherLogits, mask, temperature);

    /// <summary>Generalised Jensen–Shannon divergence, τ² (β KL(p‖m) + (1−β) KL(q‖m)) with m = βp + (1−β)q.</summary>
    /// <inheritdoc cref="Mean" path="/param|/returns|/exception"/>
    /// <inheritdoc cref="TokenDivergence.JensenShannon" path="/param"/>
    public static Tensor JensenShannon(Tensor logits, Tensor teacherLogits, double beta, Tensor? mask = null, double temperature = 1) =>
        Mean(TokenDivergence.JensenShannon(beta), logits, teacherLogits, mask, temperature);

    /// <summary>Skew KL, τ² KL(p‖αp + (1−α)q).</summary>
    /// <inheritdoc cref="Mean" path="/param|/returns|/exception"/>
    /// <inheritdoc cref="TokenDivergence.SkewKl" path="/param"/>
    public static Tensor SkewKl(Tensor logits, Tensor teacherLogits, double alpha, Tensor? mask = null, double temperature = 1) =>
        Mean(TokenDivergence.SkewKl(alpha), logits, teacherLogits, mask, temperature);

    /// <summary>Skew reverse KL, τ² KL(q‖(1−α)p + αq).</summary>
    /// <inheritdoc cref="Mean" path="/param|/returns|/exception"/>
    /// <inheritdoc cref="TokenDivergence.SkewReverseKl" path="/param"/>
    public static Tensor SkewReverseKl(Tensor logits, Tensor teacherLogits, double alpha, Tensor? mask = null, double temperature = 1) =>
        Mean(TokenDivergence.SkewReverseKl(alpha), logits, teacherLogits, mask, temperature);

    /// <summary>Total variation distance, τ² ½ Σ_v |p_v − q_v|.</summary>
    /// <inheritdoc cref="Mean" path="/param|/returns|/exception"/>
    public static Tensor TotalVariation(Tensor logits, Tensor teacherLogits, Tensor? mask = null, double temperature = 1) =>
        Mean(TokenDivergence.TotalVariation, logits, teacherLogits, mask, temperature);

    private static void Require(long[] student, long[] teacher, Tensor? mask, double temperature)
    {
        Shapes.RequireSame(student, teacher);
        Shapes.RequirePositions(student, mask, nameof(mask));
        Precision.RequireTemperature(temperature);
    }
}
