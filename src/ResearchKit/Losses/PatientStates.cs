using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>The hidden states of the first token, compared in direction (Patient Knowledge Distillation, Sun et al., arXiv 1908.09355).</summary>
public static class PatientStates
{
    /// <summary>
    /// L_PKD, equation 7 of Gradient Knowledge Distillation (arXiv 2211.01071): ‖u(h_S) − u(h_T)‖² with u(v) = v/‖v‖. The mean over rows,
    /// layers and units, as both authors' codes take it and their weights (β = 10 … 1000) are meant: the sum that is printed is
    /// m·D times as much.
    /// </summary>
    /// <param name="student">m tensors [B, D], the student's states with their graph.</param>
    /// <param name="teacher">m tensors [B, D], the teacher's.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">Counts or shapes differ, or there is no layer.</exception>
    public static Tensor Loss(IReadOnlyList<Tensor> student, IReadOnlyList<Tensor> teacher)
    {
        if (student.Count == 0 || student.Count != teacher.Count)
            throw new ArgumentException($"As many layers are needed on both sides, and at least one: got {student.Count} and {teacher.Count}.", nameof(teacher));
        using var scope = NewDisposeScope();
        Tensor s = stack(student, dim: 1), t = stack(teacher, dim: 1);                       // [B, m, D]
        if (!s.shape.AsSpan().SequenceEqual(t.shape))
            throw new ArgumentException($"The student's states are [{string.Join(", ", s.shape)}], the teacher's [{string.Join(", ", t.shape)}].", nameof(teacher));
        return (GradientAlignment.Unit(s) - GradientAlignment.Unit(t)).square().mean().MoveToOuterDisposeScope();
    }
}
