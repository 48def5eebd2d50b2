using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>Which entries of an attention map are real: a query may see a real key that, in a decoder, is not after it.</summary>
internal static class Visible
{
    /// <summary>What stands in the place of a score that may not be seen; its softmax is 0 exactly in single precision and above.</summary>
    public const double Nowhere = -1e30;

    /// <summary>Keys that queries may not see.</summary>
    /// <param name="mask">[B, T] bool, true at real tokens; null for all.</param>
    /// <param name="causal">Whether no query sees what comes after it.</param>
    /// <param name="length">T.</param>
    /// <param name="device">Where.</param>
    /// <returns>Bool, to be broadcast over [B, H, T, T]; null where all see all. In the current dispose scope.</returns>
    public static Tensor? Hidden(Tensor? mask, bool causal, long length, Device device)
    {
        using var scope = NewDisposeScope();
        var padding = mask?.logical_not().unsqueeze(1).unsqueeze(2);                             // [B, 1, 1, T]
        if (!causal) return padding?.MoveToOuterDisposeScope();
        var at = arange(length, device: device);
        var later = at.unsqueeze(0).gt(at.unsqueeze(1));                                         // [T, T], key after query
        return (padding is null ? later : padding.logical_or(later)).MoveToOuterDisposeScope();
    }

    /// <summary>[B, 1, T, 1] bool, true at queries that are padding; null for none.</summary>
    public static Tensor? Padding(Tensor? mask)
    {
        using var scope = NewDisposeScope();
        return mask?.logical_not().unsqueeze(1).unsqueeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>A mean over heads and real queries from the sum over both: a scalar, 0 where there is no real query.</summary>
    /// <remarks>Counted where the mask is: asking the count of a GPU would wait for it.</remarks>
    public static Tensor Mean(Tensor sum, long heads, Tensor? mask, long queries) =>
        mask is null ? sum / Math.Max(1, heads * queries) : sum / (mask.sum() * heads).clamp_min(1);

    /// <summary>Throws unless two maps are alike and the mask is of their queries.</summary>
    public static void RequireMaps(ReadOnlySpan<long> student, ReadOnlySpan<long> teacher, Tensor? mask)
    {
        if (student.Length == 4 && teacher.Length == 4 && student[1] != teacher[1])
            throw new KitException($"The student has {student[1]} attention heads, the teacher {teacher[1]}: their maps cannot be compared. Give both the same number of heads.");
        if (student.Length != 4 || !student.SequenceEqual(teacher))
            throw new ArgumentException($"Attention maps are [B, H, T, S] and alike, got [{string.Join(", ", student.ToArray())}] and [{string.Join(", ", teacher.ToArray())}].");
        if (mask is not null && !mask.shape.AsSpan().SequenceEqual([student[0], student[2]]))
            throw new ArgumentException($"For maps [{string.Join(", ", student.ToArray())}], the mask must be [{student[0]}, {student[2]}], got [{string.Join(", ", mask.shape)}].", nameof(mask));
    }
}
