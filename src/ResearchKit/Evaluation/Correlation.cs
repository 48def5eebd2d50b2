namespace ResearchKit.Evaluation;

/// <summary>How strongly two rows of numbers go together, -1 to 1; NaN where one of them does not vary, for then there is nothing to say.</summary>
public static class Correlation
{
    /// <summary>Pearson's r.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or there are fewer than two.</exception>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Require(x, y);
        double mx = x.Average(), my = y.Average(), xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Count; i++)
        {
            double dx = x[i] - mx, dy = y[i] - my;
            (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy);
        }
        return xx > 0 && yy > 0 ? Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1) : double.NaN;
    }

    /// <summary>Spearman's ρ: Pearson's r of the ranks, equal numbers sharing the mean of theirs.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or there are fewer than two.</exception>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Require(x, y);
        return Pearson(Ranks(x), Ranks(y));
    }

    /// <summary>
    /// Matthews' coefficient of binary predictions: (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)), and 0 where a factor below the root
    /// is 0, as GLUE scores it.
    /// </summary>
    /// <exception cref="ArgumentException">Lengths differ, there are no rows, or a class is neither 0 nor 1.</exception>
    public static double Matthews(IReadOnlyList<int> classes, IReadOnlyList<int> labels)
    {
        var (tp, fp, fn, tn) = Confusion(classes, labels);
        double root = Math.Sqrt(tp + fp) * Math.Sqrt(tp + fn) * Math.Sqrt(tn + fp) * Math.Sqrt(tn + fn);
        return root == 0 ? 0 : (tp * tn - fp * fn) / root;
    }

    /// <summary>F1 of class 1: 2TP / (2TP + FP + FN), and 0 where there is no such row and none is predicted, as GLUE scores it.</summary>
    /// <exception cref="ArgumentException">Lengths differ, there are no rows, or a class is neither 0 nor 1.</exception>
    public static double F1(IReadOnlyList<int> classes, IReadOnlyList<int> labels)
    {
        var (tp, fp, fn, _) = Confusion(classes, labels);
        return tp + fp + fn == 0 ? 0 : 2 * tp / (2 * tp + fp + fn);
    }

    private static (double TP, double FP, double FN, double TN) Confusion(IReadOnlyList<int> classes, IReadOnlyList<int> labels)
    {
        if (classes.Count != labels.Count || labels.Count == 0)
            throw new ArgumentException($"As many classes as labels are needed, and at least one: got {classes.Count} and {labels.Count}.");
        if (classes.Concat(labels).Any(c => c is not (0 or 1))) throw new ArgumentException("This is a measure of two classes, 0 and 1.");
        double Count(int said, int right) => classes.Zip(labels).Count(p => p == (said, right));
        return (Count(1, 1), Count(1, 0), Count(0, 1), Count(0, 0));
    }

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        var ranks = new double[values.Count];
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && values[order[to]] == values[order[from]];) to++;
            for (int i = from; i < to; i++) ranks[order[i]] = (from + to - 1) / 2.0;
        }
        return ranks;
    }

    private static void Require(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count || x.Count < 2) throw new ArgumentException($"A correlation needs as many numbers on both sides, and at least two: got {x.Count} and {y.Count}.");
    }
}
