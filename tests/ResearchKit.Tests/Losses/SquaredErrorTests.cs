using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

public class SquaredErrorTests
{
    [Fact]
    public void ItIsTheMeanOfTheSquaredDifferences()
    {
        using var scope = NewDisposeScope();
        var loss = SquaredError.Mean(tensor(new float[] { 1, 2, -3, 0 }, [2, 2]), tensor(new float[] { 0, 4, -3, 1 }, [2, 2]));
        Assert.Equal((1 + 4 + 0 + 1) / 4.0, loss.ToDouble());
        Assert.Equal(0, loss.dim());
    }

    [Fact]
    public void HalfPrecisionIsWidenedBeforeTheDifference()
    {
        using var scope = NewDisposeScope();
        // In half precision 300² overflows to infinity.
        var loss = SquaredError.Mean(tensor(new float[] { 300, 0 }).to(ScalarType.Float16), tensor(new float[] { 0, 0 }).to(ScalarType.Float16));
        Assert.Equal(ScalarType.Float32, loss.dtype);
        Assert.Equal(45_000, loss.ToDouble());
    }

    [Fact]
    public void ItsDerivativesAreThoseOfTheValues()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var values = randn([3, 2], dtype: ScalarType.Float64, generator: generator, requires_grad: true);
        var targets = randn([3, 2], dtype: ScalarType.Float64, generator: generator, requires_grad: true);
        GradientCheck.First(() => SquaredError.Mean(values, targets), values, targets);
        GradientCheck.Second(() => SquaredError.Mean(values, targets), values, targets);
    }

    [Fact]
    public void OtherShapesAreRefused()
    {
        using var scope = NewDisposeScope();
        // Broadcast, these would give a number.
        Assert.Contains("[2, 1] and [2]", Assert.Throws<ArgumentException>(() => SquaredError.Mean(zeros(2, 1), zeros(2))).Message);
        Assert.Throws<ArgumentException>(() => SquaredError.Mean(zeros(0), zeros(0)));
    }
}
