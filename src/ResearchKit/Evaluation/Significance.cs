using MathNet.Numerics.Distributions;

namespace ResearchKit.Evaluation;

/// <summary>A mean over seeds with its spread.</summary>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="Deviation">Sample standard deviation (n−1); 0 for one value, which has no spread to tell.</param>
/// <param name="Count">How many values.</param>
public sealed record Spread(double Mean, double Deviation, int Count)
{
    /// <summary>The spread of values.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("A spread needs at least one value.", nameof(values));
        double mean = values.Average();
        double deviation = values.Count == 1 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return new(mean, deviation, values.Count);
    }
}

/// <summary>A paired comparison of two methods over the same seeds.</summary>
/// <param name="Difference">Mean of first minus second, pair by pair.</param>
/// <param name="Statistic">Student's t, n−1 degrees of freedom.</param>
/// <param name="PValue">Two-sided probability of so large a |t| if there were no difference; NaN with fewer than two pairs.</param>
public sealed record PairedTest(double Difference, double Statistic, double PValue)
{
    /// <summary>Student's paired t-test.</summary>
    /// <exception cref="ArgumentException">The two differ in length or are empty.</exception>
    public static PairedTest Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count != second.Count || first.Count == 0)
            throw new ArgumentException($"A paired test needs as many values on both sides, and at least one: got {first.Count} and {second.Count}.");
        var difference = Spread.Of([.. first.Zip(second, (a, b) => a - b)]);
        if (difference.Count < 2) return new(difference.Mean, double.NaN, double.NaN);
        if (difference.Deviation == 0)   // every pair differs by the same amount: no noise to test against
            return difference.Mean == 0 ? new(0, 0, 1) : new(difference.Mean, double.CopySign(double.PositiveInfinity, difference.Mean), 0);
        double t = difference.Mean / (difference.Deviation / Math.Sqrt(difference.Count));
        return new(difference.Mean, t, 2 * StudentT.CDF(0, 1, difference.Count - 1, -Math.Abs(t)));
    }
}
