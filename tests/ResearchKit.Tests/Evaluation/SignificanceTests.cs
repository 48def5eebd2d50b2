using ResearchKit.Evaluation;
using Xunit;

namespace ResearchKit.Tests.Evaluation;

public sealed class SignificanceTests
{
    [Fact]
    public void The_spread_is_the_sample_deviation()
    {
        var spread = Spread.Of([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, spread.Mean, 12);
        Assert.Equal(Math.Sqrt(32.0 / 7), spread.Deviation, 12);
        Assert.Equal(0, Spread.Of([3]).Deviation);
    }

    [Fact]
    public void The_paired_test_gives_the_tabulated_probability()
    {
        // Differences 1, 2, 3: mean 2, deviation 1, t = 2·√3; with two degrees of freedom P(|T| > t) = 1 − t/√(t² + 2).
        var test = PairedTest.Of([2, 4, 6], [1, 2, 3]);
        double t = 2 * Math.Sqrt(3);
        Assert.Equal(2, test.Difference, 12);
        Assert.Equal(t, test.Statistic, 12);
        Assert.Equal(1 - t / Math.Sqrt(t * t + 2), test.PValue, 9);
    }

    [Fact]
    public void One_pair_has_a_difference_and_no_probability()
    {
        var test = PairedTest.Of([3], [1]);
        Assert.Equal(2, test.Difference);
        Assert.True(double.IsNaN(test.PValue));
    }

    [Fact]
    public void Equal_differences_are_certain_and_equal_values_tell_nothing()
    {
        Assert.Equal(0, PairedTest.Of([2, 3], [1, 2]).PValue);
        Assert.Equal(1, PairedTest.Of([2, 3], [2, 3]).PValue);
    }
}
