using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>
/// A divergence between a teacher's distribution p and a student's q over a vocabulary, as a value that a method is told. All are
/// 0 for equals and positive otherwise, and none holds either side constant: gradients flow to whichever has a graph.
/// <code>
/// forward KL        KL(p‖q) = Σ_v p_v log(p_v/q_v)              ∞ where q misses what p has
/// reverse KL        KL(q‖p)                                     ∞ where p misses what q has
/// JSD(β)            β KL(p‖m) + (1−β) KL(q‖m),  m = βp + (1−β)q   at most −β log β − (1−β) log(1−β)
/// skew KL           KL(p‖αp + (1−α)q)                           at most −log α
/// skew reverse KL   KL(q‖(1−α)p + αq)                           at most −log α
/// total variation   ½ Σ_v |p_v − q_v|                           at most 1
/// </code>
/// </summary>
public abstract record TokenDivergence
{
    private TokenDivergence() { }

    /// <summary>KL(p‖q): the student covers all that the teacher says.</summary>
    public static TokenDivergence ForwardKl { get; } = new Forward();

    /// <summary>KL(q‖p): the student keeps to what the teacher says.</summary>
    public static TokenDivergence ReverseKl { get; } = new Reverse();

    /// <summary>½ Σ |p − q|.</summary>
    public static TokenDivergence TotalVariation { get; } = new Variation();

    /// <summary>The generalised Jensen–Shannon divergence of Agarwal et al. (arXiv 2306.13649).</summary>
    /// <param name="beta">β in 0..1. At the ends the divergence itself is 0 everywhere; as in TRL, 0 stands for KL(p‖q) and 1 for KL(q‖p),
    /// the limits of JSD(β)/β and of JSD(β)/(1−β).</param>
    /// <exception cref="KitException">β is outside.</exception>
    public static TokenDivergence JensenShannon(double beta) => beta is >= 0 and <= 1 ? new Generalised(beta)
        : throw new KitException($"The β of a Jensen–Shannon divergence is {beta}; it must be in 0..1.");

    /// <summary>KL(p‖αp + (1−α)q) of Ko et al. (arXiv 2402.03898), finite whatever the student leaves out.</summary>
    /// <param name="alpha">α in 0..1 without 1, where nothing of the student is left; 0 is KL(p‖q).</param>
    /// <exception cref="KitException">α is outside.</exception>
    public static TokenDivergence SkewKl(double alpha) => new Skew(RequireSkew(alpha));

    /// <summary>KL(q‖(1−α)p + αq), likewise.</summary>
    /// <param name="alpha">α in 0..1 without 1, where nothing of the teacher is left; 0 is KL(q‖p).</param>
    /// <exception cref="KitException">α is outside.</exception>
    public static TokenDivergence SkewReverseKl(double alpha) => new SkewReverse(RequireSkew(alpha));

    /// <summary>The names of <see cref="Named"/>, as recipes write them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["forward-kl", "reverse-kl", "jsd", "skew-kl", "skew-reverse-kl", "tvd"];

    /// <summary>The divergence of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="beta">β, for <c>jsd</c>.</param>
    /// <param name="alpha">α, for <c>skew-kl</c> and <c>skew-reverse-kl</c>.</param>
    /// <exception cref="KitException">The name is unknown, or the number it needs is out of range.</exception>
    public static TokenDivergence Named(string name, double beta = 0.5, double alpha = 0.1) => name switch
    {
        "forward-kl" => ForwardKl,
        "reverse-kl" => ReverseKl,
        "jsd" => JensenShannon(beta),
        "skew-kl" => SkewKl(alpha),
        "skew-reverse-kl" => SkewReverseKl(alpha),
        "tvd" => TotalVariation,
        _ => throw new KitException($"There is no divergence '{name}'. Choose one of {string.Join(", ", Names)}."),
    };

    /// <summary>The divergence at every position, in nats (total variation: a probability).</summary>
    /// <param name="logP">[..., V] log-probabilities of the teacher; −∞ is a probability of 0, and what is 0 times −∞ counts 0.</param>
    /// <param name="logQ">[..., V] log-probabilities of the student, in the same type.</param>
    /// <returns>[...] with the graphs of both, in the current dispose scope.</returns>
    public Tensor PerPosition(Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        return Of(logP, logQ).MoveToOuterDisposeScope();
    }

    private protected abstract Tensor Of(Tensor logP, Tensor logQ);

    /// <summary>Σ a (log a − log b). Filled in place: a difference's derivative does not look at it.</summary>
    private static Tensor Kl(Tensor logA, Tensor logB) => (logA.exp() * (logA - logB).masked_fill_(logA.isneginf(), 0)).sum(-1);

    /// <summary>
    /// KL(a ‖ w a + (1−w) b) = −log w − Σ a log(1 + (1−w)/w · b/a), from logarithms: a sum of probabilities too small to be held would be 0.
    /// −log w is no part of the sum, for it is much the same at all tokens that matter, and what is left of its gradient would be rounding.
    /// </summary>
    private static Tensor KlToMixture(Tensor logA, Tensor logB, double w)
    {
        if (w == 0) return Kl(logA, logB);
        var ratio = (logB - logA).masked_fill_(logA.isneginf(), 0);
        var zero = zeros([], dtype: ratio.dtype, device: ratio.device);
        return -Math.Log(w) - (logA.exp() * logaddexp(ratio + Math.Log((1 - w) / w), zero)).sum(-1);
    }

    private static double RequireSkew(double alpha) => alpha is >= 0 and < 1 ? alpha
        : throw new KitException($"The α of a skew divergence is {alpha}; it must be at least 0 and below 1, where both sides would be the same.");

    /// <summary>Summed over a chunk of a student's and a teacher's positions, with the gradients at the logits that are wanted.</summary>
    internal virtual ChunkSum OfChunk(Chunk chunk, double temperature, bool[] wanted) =>
        ChunkSum.ByAutograd(chunk, wanted, z =>
            Of(Precision.LogSoftmax(z[ChunkedTerm.Teacher], temperature), Precision.LogSoftmax(z[ChunkedTerm.Student], temperature)).sum());

    // Σ KL(a‖b) of logits z/τ: by z_b its gradient is (b − a)/τ, by z_a it is a (log a/b − KL)/τ.
    private static ChunkSum KlOfChunk(Chunk chunk, double temperature, bool[] wanted, int from, int to)
    {
        Tensor logA = chunk.LogProbabilities(from, temperature), a = chunk.Probabilities(from, temperature);
        var part = (logA - chunk.LogProbabilities(to, temperature)).mul_(a);
        var perPosition = part.sum(-1, keepdim: true);
        var sum = perPosition.sum();
        // 0 times ∞ is rare: a CPU looks for it only where it came to be. Asking a GPU would wait for it.
        if (part.device.type != DeviceType.CPU || !double.IsFinite(sum.to(ScalarType.Float64).item<double>()))
        {
            perPosition = part.masked_fill_(logA.isneginf(), 0).sum(-1, keepdim: true);
            sum = perPosition.sum();
        }
        var gradients = new Tensor?[2];
        if (wanted[from]) gradients[from] = Soft(part.addcmul_(a, perPosition, value: -1));
        if (wanted[to]) gradients[to] = Soft(chunk.Probabilities(to, temperature) - a);
        return new(sum, gradients);

        Tensor Soft(Tensor gradient) => temperature == 1 ? gradient : gradient.div_(temperature);
    }

    private sealed record Forward : TokenDivergence
    {
        internal override ChunkSum OfChunk(Chunk chunk, double temperature, bool[] wanted) => KlOfChunk(chunk, temperature, wanted, from: ChunkedTerm.Teacher, to: ChunkedTerm.Student);

        private protected override Tensor Of(Tensor logP, Tensor logQ) => Kl(logP, logQ);
    }

    private sealed record Reverse : TokenDivergence
    {
        internal override ChunkSum OfChunk(Chunk chunk, double temperature, bool[] wanted) => KlOfChunk(chunk, temperature, wanted, from: ChunkedTerm.Student, to: ChunkedTerm.Teacher);

        private protected override Tensor Of(Tensor logP, Tensor logQ) => Kl(logQ, logP);
    }

    private sealed record Generalised(double Beta) : TokenDivergence
    {
        private protected override Tensor Of(Tensor logP, Tensor logQ) => Beta switch
        {
            0 => Kl(logP, logQ),
            1 => Kl(logQ, logP),
            _ => KlToMixture(logP, logQ, Beta) * Beta + KlToMixture(logQ, logP, 1 - Beta) * (1 - Beta),
        };
    }

    private sealed record Skew(double Alpha) : TokenDivergence
    {
        private protected override Tensor Of(Tensor logP, Tensor logQ) => KlToMixture(logP, logQ, Alpha);
    }

    private sealed record SkewReverse(double Alpha) : TokenDivergence
    {
        private protected override Tensor Of(Tensor logP, Tensor logQ) => KlToMixture(logQ, logP, Alpha);
    }

    private sealed record Variation : TokenDivergence
    {
        private protected override Tensor Of(Tensor logP, Tensor logQ) => (logP.exp() - logQ.exp()).abs().sum(-1) * 0.5;
    }
}
