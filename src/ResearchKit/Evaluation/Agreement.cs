namespace ResearchKit.Evaluation;

/// <summary>Class predictions of one model over a split, in the split's order.</summary>
/// <param name="Logits">N rows of C class logits.</param>
public sealed record Predictions(float[][] Logits)
{
    /// <summary>The class of the largest logit in each row; the first of equals.</summary>
    public int[] Classes { get; } = [.. Logits.Select(row => Array.IndexOf(row, row.Max()))];
}

/// <summary>How often predictions are right, and how often two models say the same.</summary>
public static class Agreement
{
    /// <summary>Share of rows whose class is the label, 0 to 1.</summary>
    /// <exception cref="ArgumentException">Lengths differ or there are no rows.</exception>
    public static double Accuracy(IReadOnlyList<int> classes, IReadOnlyList<int> labels)
    {
        if (classes.Count != labels.Count || labels.Count == 0)
            throw new ArgumentException($"Accuracy needs as many classes as labels, and at least one: got {classes.Count} and {labels.Count}.");
        return classes.Zip(labels).Count(pair => pair.First == pair.Second) / (double)labels.Count;
    }

    /// <summary>
    /// Label loyalty: the share of rows where the student's class is the teacher's, 0 to 1, whatever the true label
    /// (Gradient Knowledge Distillation, section 4.3).
    /// </summary>
    /// <exception cref="ArgumentException">Lengths differ or there are no rows.</exception>
    public static double LabelLoyalty(Predictions student, Predictions teacher) => Accuracy(student.Classes, teacher.Classes);

    /// <summary>
    /// Probability loyalty: 1 − √JS(p_S ‖ p_T) averaged over rows (Gradient Knowledge Distillation, section 4.3). The paper does not name
    /// the logarithm; the function that its source recommends takes the natural one, so that the floor is 1 − √ln 2 = 0.167. With base 2 it is 0.
    /// </summary>
    /// <param name="student">The student's predictions.</param>
    /// <param name="teacher">The teacher's, of the same rows.</param>
    /// <param name="logarithm">The base, above 1.</param>
    /// <exception cref="ArgumentException">Row or class counts differ, or there are no rows.</exception>
    public static double ProbabilityLoyalty(Predictions student, Predictions teacher, double logarithm = Math.E)
    {
        if (student.Logits.Length != teacher.Logits.Length || student.Logits.Length == 0)
            throw new ArgumentException($"Loyalty compares the same rows: got {student.Logits.Length} of the student and {teacher.Logits.Length} of the teacher.");
        return student.Logits.Zip(teacher.Logits, (s, t) => 1 - Math.Sqrt(Math.Max(0, JensenShannon(Softmax(s), Softmax(t)) / Math.Log(logarithm)))).Average();
    }

    private static double[] Softmax(float[] logits)
    {
        double max = logits.Max();
        var exp = logits.Select(z => Math.Exp(z - max)).ToArray();
        double sum = exp.Sum();
        return [.. exp.Select(e => e / sum)];
    }

    private static double JensenShannon(double[] p, double[] q)
    {
        if (p.Length != q.Length) throw new ArgumentException($"Loyalty compares the same classes: got {p.Length} and {q.Length}.");
        double divergence = 0;
        for (int c = 0; c < p.Length; c++)
        {
            double middle = (p[c] + q[c]) / 2;
            if (p[c] > 0) divergence += p[c] * Math.Log(p[c] / middle) / 2;
            if (q[c] > 0) divergence += q[c] * Math.Log(q[c] / middle) / 2;
        }
        return divergence;
    }
}
