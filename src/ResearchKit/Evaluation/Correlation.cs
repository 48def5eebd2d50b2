namespace ResearchKit.Evaluation;

/// <summary>How strongly two rows of numbers go together, −1 to 1; NaN where one of them does not vary, or is not finite, for then there is nothing to say.</summary>
public static class Correlation
{
    /// <summary>Pearson's r.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or there are fewer than two.</exception>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Require(x, y);
        // The mean of equal numbers need not be that number, and what is left would be correlated.
        if (x.All(v => v == x[0]) || y.All(v => v == y[0])) return double.NaN;
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
