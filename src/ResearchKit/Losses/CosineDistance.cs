using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>How far vectors differ in direction.</summary>
public static class CosineDistance
{
    /// <summary>L_cos of DistilBERT (Sanh et al., arXiv 1910.01108): 1 − cos(h_S, h_T), mean over real tokens. In 0..2; lengths do not matter.</summary>
    /// <param name="student">[B, T, D] of the student, in any floating type; computed in at least single precision.</param>
    /// <param name="teacher">[B, T, D] of the teacher. No constant here: where it must be, it comes without a graph.</param>
    /// <param name="mask">[B, T] bool, true at real tokens; null for all. What stands at others does not matter.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked. A vector of length 0 is at distance 1, with a zero gradient.</returns>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static Tensor OfTokens(Tensor student, Tensor teacher, Tensor? mask)
    {
        Shapes.RequireAlike(student.shape, teacher.shape);
        Shapes.RequirePositions(student.shape, mask, nameof(mask));
        using var scope = NewDisposeScope();
        var apart = mask?.logical_not();
        var distance = 1 - (Direction(student) * Direction(teacher)).sum(-1);                    // [B, T]
        var sum = (apart is null ? distance : distance.masked_fill(apart, 0)).sum();
        return (mask is null ? sum / Math.Max(1, distance.numel()) : sum / mask.sum().clamp_min(1)).MoveToOuterDisposeScope();

        Tensor Direction(Tensor x) => GradientAlignment.Unit(apart is null ? x : x.masked_fill(apart.unsqueeze(-1), 0));
    }
}
