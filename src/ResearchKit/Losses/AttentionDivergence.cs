using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>How far a student's attention is from its teacher's, as distributions.</summary>
public static class AttentionDivergence
{
    // Below this a probability is taken for it inside the logarithm, whose derivative there is 0.
    private const double Least = 1e-12;

    /// <summary>
    /// L_AT of MiniLM (Wang et al., arXiv 2002.10957, equation 5): KL(A_T ‖ A_S) over keys, mean over heads and real queries. A key that
    /// neither may see, padding or one that comes later, has probability 0 on both sides and no share, neither in the number nor in its gradient.
    /// </summary>
    /// <param name="student">[B, H, T, S] probabilities of one layer, in any floating type; computed in at least single precision.</param>
    /// <param name="teacher">[B, H, T, S] of the teacher. No constant here: where it must be, it comes without a graph.</param>
    /// <param name="mask">[B, T] bool, true at real queries; null for all. What stands in the rows of others does not matter.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="KitException">The numbers of heads differ.</exception>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static Tensor OfLayer(Tensor student, Tensor teacher, Tensor? mask)
    {
        Visible.RequireMaps(student.shape, teacher.shape, mask);
        using var scope = NewDisposeScope();
        var padding = Visible.Padding(mask);
        Tensor p = Real(teacher), q = Real(student);
        var sum = (p * (Log(p) - Log(q))).sum();
        return Visible.Mean(sum, student.shape[1], mask, student.shape[0] * student.shape[2]).MoveToOuterDisposeScope();

        Tensor Real(Tensor x) => padding is null ? Precision.Widen(x) : Precision.Widen(x).masked_fill(padding, 0);
        static Tensor Log(Tensor x) => x.clamp_min(Least).log();
    }
}
