using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>Which number of a classifier is differentiated by the input, to say what the model looks at.</summary>
public enum Signal
{
    /// <summary>Each model's own largest class probability (Gradient Knowledge Distillation, arXiv 2211.01071, equation 3).</summary>
    Confidence,

    /// <summary>Both models' probability of the class that the teacher predicts.</summary>
    TeacherClass,

    /// <summary>The probability of the label.</summary>
    Label,

    /// <summary>Each model's own largest logit less its second largest.</summary>
    Margin,

    /// <summary>The cross entropy with the label. Its gradient points against that of the label's probability in both models, so the
    /// directions agree as much as under <see cref="Label"/>.</summary>
    Loss,
}

/// <summary>
/// The signals as scalars of each row. Where one is a probability p, its log-odds log p/(1 − p) stand for it: the gradient is the
/// same up to the positive factor p(1 − p) of the row, so its direction at every token is the same, and it does not vanish where
/// the softmax is saturated.
/// </summary>
public static class Signals
{
    /// <summary>[B] the signal of every row, with the graph of the logits.</summary>
    /// <param name="signal">Which.</param>
    /// <param name="logits">[B, C] in any floating type; of a regression [B, 1], and the output itself is the signal.</param>
    /// <param name="teacherLogits">[B, C] of the teacher, for <see cref="Signal.TeacherClass"/>.</param>
    /// <param name="labels">[B] int64, for <see cref="Signal.Label"/> and <see cref="Signal.Loss"/>.</param>
    /// <exception cref="ArgumentException">What the signal needs is missing, or shapes do not belong together.</exception>
    public static Tensor Of(Signal signal, Tensor logits, Tensor? teacherLogits = null, Tensor? labels = null)
    {
        if (logits.dim() != 2) throw new ArgumentException($"The logits must be [B, C], got [{string.Join(", ", logits.shape)}].", nameof(logits));
        using var scope = NewDisposeScope();
        var z = Precision.Widen(logits);
        if (z.shape[1] == 1) return z.select(1, 0).MoveToOuterDisposeScope();
        return (signal switch
        {
            Signal.Confidence => LogOdds(z, z.argmax(1)),
            Signal.TeacherClass => LogOdds(z, Required(teacherLogits, nameof(teacherLogits), z.shape).argmax(1)),
            Signal.Label => LogOdds(z, Required(labels, nameof(labels), z.shape[..1])),
            Signal.Loss => -LogOdds(z, Required(labels, nameof(labels), z.shape[..1])),
            _ => Margin(z),
        }).MoveToOuterDisposeScope();
    }

    private static Tensor LogOdds(Tensor z, Tensor classes)
    {
        var chosen = arange(z.shape[1], device: z.device).unsqueeze(0).eq(classes.unsqueeze(1));   // [B, C]
        // What is left out is far below any logit rather than −∞, whose derivatives would be 0 times ∞.
        return z.masked_fill(chosen.logical_not(), 0).sum(1) - z.masked_fill(chosen, -1e30).logsumexp(1);
    }

    private static Tensor Margin(Tensor z)
    {
        var (largest, _) = z.topk(2, 1);
        return largest.select(1, 0) - largest.select(1, 1);
    }

    private static Tensor Required(Tensor? given, string name, ReadOnlySpan<long> shape)
    {
        if (given is null) throw new ArgumentException($"This signal needs {name}.", name);
        if (!shape.SequenceEqual(given.shape))
            throw new ArgumentException($"{name} must be [{string.Join(", ", shape.ToArray())}], got [{string.Join(", ", given.shape)}].", name);
        return given;
    }
}
