using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>How tokens relate to one another in a student and in its teacher, which may be of other widths.</summary>
public static class RelationDivergence
{
    /// <summary>
    /// The relation of vectors y at tokens is R = softmax(Y Yᵀ / √d), of every one of A relation heads into which their units are split, d units
    /// each; the loss is KL(R_T ‖ R_S) over keys, mean over heads and real queries. Of values with the model's heads it is L_VR of MiniLM (Wang et
    /// al., arXiv 2002.10957, equations 6 and 7); of queries, keys and values with any A the three losses of MiniLMv2 (arXiv 2012.15828, equations 4 to 6).
    /// </summary>
    /// <param name="student">[B, T, n] queries, keys or values of the student, heads side by side, in any floating type; computed in at least single precision.</param>
    /// <param name="teacher">[B, T, m] of the teacher. No constant here: where it must be, it comes without a graph.</param>
    /// <param name="heads">A; it divides n and m.</param>
    /// <param name="mask">[B, T] bool, true at real tokens; null for all. What stands at others does not matter.</param>
    /// <param name="causal">Whether a token is related only to those up to itself: a decoder's.</param>
    /// <returns>A scalar; 0 with zero gradient where everything is masked.</returns>
    /// <exception cref="KitException">The heads do not divide a width.</exception>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static Tensor OfLayer(Tensor student, Tensor teacher, int heads, Tensor? mask, bool causal = false)
    {
        if (student.dim() != 3 || teacher.dim() != 3 || !student.shape.AsSpan(0, 2).SequenceEqual(teacher.shape.AsSpan(0, 2)))
            throw new ArgumentException($"Relations are of vectors [B, T, n] at the same tokens, got [{string.Join(", ", student.shape)}] and [{string.Join(", ", teacher.shape)}].", nameof(teacher));
        Shapes.RequirePositions(student.shape, mask, nameof(mask));
        foreach (long width in (ReadOnlySpan<long>)[student.shape[2], teacher.shape[2]])
            if (heads < 1 || width % heads != 0)
                throw new KitException($"{heads} relation heads do not share {width} units evenly. Choose a number of heads that divides {student.shape[2]} and {teacher.shape[2]}.");
        using var scope = NewDisposeScope();
        long rows = student.shape[0], length = student.shape[1];
        var apart = mask?.logical_not();
        var hidden = Visible.Hidden(mask, causal, length, student.device);
        var perQuery = TokenDivergence.ForwardKl.PerPosition(LogRelation(teacher), LogRelation(student));      // [B, A, T]
        if (apart is not null) perQuery = perQuery.masked_fill(apart.unsqueeze(1), 0);
        return Visible.Mean(perQuery.sum(), heads, mask, rows * length).MoveToOuterDisposeScope();

        Tensor LogRelation(Tensor x)
        {
            var wide = Precision.Widen(x);
            // Before the product: what is not finite has no derivative in it, not even times 0.
            if (apart is not null) wide = wide.masked_fill(apart.unsqueeze(-1), 0);
            var y = wide.reshape(rows, length, heads, -1).transpose(1, 2);                                       // [B, A, T, d]
            var scores = (y / Math.Sqrt(y.shape[^1])).matmul(y.transpose(-2, -1));                               // [B, A, T, T]
            return (hidden is null ? scores : scores.masked_fill(hidden, Visible.Nowhere)).log_softmax(-1);
        }
    }
}
