using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

public class CorrelationTests
{
    [Fact]
    public void By_hand()
    {
        // Deviations −1, 0, 1 and −2, 1, 1: 3 / √(2 · 6).
        Assert.Equal(3 / Math.Sqrt(12), Correlation.Pearson([1, 2, 3], [0, 3, 3]), 12);
        // The ranks of 0, 3, 3 are 1, 2½, 2½: deviations −1, ½, ½.
        Assert.Equal(1.5 / Math.Sqrt(2 * 1.5), Correlation.Spearman([1, 2, 3], [0, 3, 3]), 12);
        Assert.Equal(1, Correlation.Spearman([1, 2, 3, 4], [1, 10, 100, 1e9]), 12);
        Assert.Equal(-1, Correlation.Pearson([1, 2, 3], [3, 2, 1]), 12);
    }

    [Fact]
    public void Scale_and_shift_change_nothing_and_a_sign_turns_it_around()
    {
        var numbers = Gen.Choose(-1000, 1000).Select(i => i / 8.0).ListOf().Where(l => l.Distinct().Count() > 2).ToArbitrary();
        Prop.ForAll(numbers, x =>
        {
            double[] one = [.. x], other = [.. one.Select((v, i) => v * v - 3 * i)];
            if (other.Distinct().Count() < 2) return true;
            double r = Correlation.Pearson(one, other);
            return Math.Abs(r) <= 1 && Math.Abs(r - Correlation.Pearson([.. one.Select(v => 2.5e-9 * v + 7e-9)], other)) < 1e-6
                && Math.Abs(r + Correlation.Pearson([.. one.Select(v => -v)], other)) < 1e-9
                && Correlation.Spearman(one, other) == Correlation.Spearman([.. one.Select(v => v * v * v)], other);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_does_not_vary_correlates_with_nothing()
    {
        // Three times 0.1 has a mean that is not 0.1.
        Assert.True(double.IsNaN(Correlation.Pearson([0.1, 0.1, 0.1], [1, 2, 3])));
        Assert.True(double.IsNaN(Correlation.Pearson([1, 2, 3], [0.1, 0.1, 0.1])));
        Assert.True(double.IsNaN(Correlation.Spearman([0.1, 0.1, 0.1], [1, 2, 3])));
        Assert.True(double.IsNaN(Correlation.Pearson([1, double.NaN, 3], [1, 2, 3])));
        Assert.True(double.IsNaN(Correlation.Pearson([1, double.PositiveInfinity, 3], [1, 2, 3])));
    }

    [Fact]
    public void Fewer_than_two_and_other_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Correlation.Pearson([1], [1]));
        Assert.Throws<ArgumentException>(() => Correlation.Pearson([1, 2], [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => Correlation.Spearman([], []));
    }
}
