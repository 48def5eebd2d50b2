using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>Shape checks, so that a mistake is named where it was made.</summary>
internal static class Shapes
{
    /// <summary>Throws unless student and teacher have the same vocabulary at the same positions.</summary>
    public static void RequireSame(ReadOnlySpan<long> student, ReadOnlySpan<long> teacher)
    {
        if (student.Length > 0 && teacher.Length > 0 && student[^1] != teacher[^1])
            throw new KitException(
                $"The student predicts {student[^1]} classes or tokens, the teacher {teacher[^1]}: their distributions cannot be "
                + "compared. Give both the same vocabulary or label set.");
        if (!student.SequenceEqual(teacher))
            throw new ArgumentException(
                $"The student's logits are [{string.Join(", ", student.ToArray())}], the teacher's [{string.Join(", ", teacher.ToArray())}].");
    }

    /// <summary>Throws unless a tensor has the shape of the logits without their last dimension.</summary>
    public static void RequirePositions(ReadOnlySpan<long> logits, Tensor? positions, string name)
    {
        if (positions is null) return;
        if (!logits[..^1].SequenceEqual(positions.shape))
            throw new ArgumentException(
                $"For logits [{string.Join(", ", logits.ToArray())}], '{name}' must be [{string.Join(", ", logits[..^1].ToArray())}], "
                + $"got [{string.Join(", ", positions.shape)}].", name);
    }

    /// <summary>Throws unless what is compared number by number has one shape.</summary>
    public static void RequireAlike(ReadOnlySpan<long> student, ReadOnlySpan<long> teacher)
    {
        if (!student.SequenceEqual(teacher))
            throw new ArgumentException($"The student's values are [{string.Join(", ", student.ToArray())}], the teacher's [{string.Join(", ", teacher.ToArray())}].");
    }
}
