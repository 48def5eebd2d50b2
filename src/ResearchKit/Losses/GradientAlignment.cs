using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>What the alignment of token gradients is a mean over.</summary>
public enum AlignmentReduction
{
    /// <summary>All real tokens of the batch: what the authors' code computes, and what their weights are tuned to.</summary>
    Tokens,

    /// <summary>The real tokens of a row, then the rows: a long row weighs as much as a short one.</summary>
    Rows,

    /// <summary>The rows, of the sum over their real tokens: equation 3 as it is printed, for one row.</summary>
    Sum,
}

/// <summary>
/// How far two gradients differ in direction: ‖u(g_S) − u(g_T)‖² with u(v) = v/‖v‖, which is 2(1 − cos) and lies in 0..4
/// (Gradient Knowledge Distillation, arXiv 2211.01071, equations 3 and 6). Lengths do not matter.
/// </summary>
public static class GradientAlignment
{
    // Below the square of the smallest length that counts as a direction.
    private const double Least = 1e-24;

    /// <summary>v/‖v‖ over the last dimension in single precision at least; 0 with a zero gradient where v is 0.</summary>
    public static Tensor Unit(Tensor v)
    {
        using var scope = NewDisposeScope();
        var wide = Precision.Widen(v);
        return (wide * wide.square().sum(-1, keepdim: true).clamp_min(Least).rsqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>L_GKD, equation 3: of the gradients at every token.</summary>
    /// <param name="student">[B, T, D] of the student, with its graph.</param>
    /// <param name="teacher">[B, T, D] of the teacher.</param>
    /// <param name="mask">[B, T] bool, true at real tokens (special ones included).</param>
    /// <param name="reduction">What the mean is over.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor OfTokens(Tensor student, Tensor teacher, Tensor mask, AlignmentReduction reduction = AlignmentReduction.Tokens)
    {
        RequireSame(student, teacher);
        Shapes.RequirePositions(student.shape, mask, nameof(mask));
        using var scope = NewDisposeScope();
        var distance = Distance(student, teacher).masked_fill(mask.logical_not(), 0);      // [B, T]
        return (reduction switch
        {
            AlignmentReduction.Tokens => distance.sum() / mask.sum().clamp_min(1),
            AlignmentReduction.Rows => (distance.sum(1) / mask.sum(1).clamp_min(1)).mean(),
            _ => distance.sum(1).mean(),
        }).MoveToOuterDisposeScope();
    }

    /// <summary>One layer's part of L_GKD-CLS, equation 6: of the gradients at one vector a row, mean over rows.</summary>
    /// <param name="student">[B, D] of the student, with its graph.</param>
    /// <param name="teacher">[B, D] of the teacher.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor OfRows(Tensor student, Tensor teacher)
    {
        RequireSame(student, teacher);
        using var scope = NewDisposeScope();
        return Distance(student, teacher).mean().MoveToOuterDisposeScope();
    }

    private static Tensor Distance(Tensor student, Tensor teacher) => (Unit(student) - Unit(teacher)).square().sum(-1);

    private static void RequireSame(Tensor student, Tensor teacher)
    {
        if (!student.shape.AsSpan().SequenceEqual(teacher.shape))
            throw new ArgumentException($"The student's gradients are [{string.Join(", ", student.shape)}], the teacher's [{string.Join(", ", teacher.shape)}].", nameof(teacher));
    }
}
