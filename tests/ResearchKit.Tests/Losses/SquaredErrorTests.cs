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

    private static Tensor Mask() => tensor(new[] { true, true, true, false, true, false, false, false }, [2, 4]);

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: ScalarType.Float64, generator: generator);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OfTokensItIsTheMeanOverTheRealOnesAndTheirUnits(bool relative)
    {
        using var scope = NewDisposeScope();
        var (s, t) = (Random(4, 2, 4, 3), Random(5, 2, 4, 3));
        double[] a = s.data<double>().ToArray(), b = t.data<double>().ToArray();
        bool[] real = Mask().data<bool>().ToArray();
        double Sum(Func<int, double> f) => Enumerable.Range(0, a.Length).Where(i => real[i / 3]).Sum(f);
        double error = Sum(i => (a[i] - b[i]) * (a[i] - b[i]));
        Assert.Equal(relative ? error / Sum(i => b[i] * b[i]) : error / 12, SquaredError.OfTokens(s, t, Mask(), relative).ToDouble(), 1e-14);
        Assert.Equal(relative ? 1 : SquaredError.Mean(zeros_like(t), t).ToDouble(), SquaredError.OfTokens(zeros_like(t), t, null, relative).ToDouble(), 1e-14);
        Assert.Equal(0, SquaredError.OfTokens(t, t, Mask(), relative).ToDouble());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatStandsInPaddingMattersNeitherToTheErrorNorToItsDerivatives(bool relative)
    {
        using var scope = NewDisposeScope();
        var apart = Mask().logical_not().unsqueeze(-1);
        Tensor s = Random(6, 2, 4, 3), t = Random(7, 2, 4, 3);
        (double, double[]) Of(Tensor student, Tensor teacher, Tensor mask)
        {
            student = student.detach().clone().requires_grad_();
            var loss = SquaredError.OfTokens(student, teacher, mask, relative);
            return (loss.ToDouble(), autograd.grad([loss], [student])[0].contiguous().data<double>().ToArray());
        }
        var (wanted, gradient) = Of(s, t, Mask());
        foreach (double noise in (double[])[7, double.NaN, double.PositiveInfinity])
        {
            var (actual, other) = Of(s.masked_fill(apart, noise), t.masked_fill(apart, noise), Mask());
            Assert.Equal(wanted, actual);
            Assert.Equal(gradient, other);
        }
        var (none, zero) = Of(s, t, zeros(2, 4, dtype: ScalarType.Bool));
        Assert.Equal(0, none);
        Assert.All(zero, g => Assert.Equal(0, g));
    }

    [Fact]
    public void OfTokensTheDerivativesAreRightAndTheMeasureIsAConstant()
    {
        using var scope = NewDisposeScope();
        Tensor s = Random(8, 2, 4, 3).requires_grad_(), t = Random(9, 2, 4, 3).requires_grad_();
        GradientCheck.First(() => SquaredError.OfTokens(s, t, Mask()), s, t);
        GradientCheck.First(() => SquaredError.OfTokens(s, t, Mask(), relative: true), s);
        Assert.Equal(0, autograd.grad([SquaredError.OfTokens(t.detach(), t, null, relative: true)], [t])[0].abs().sum().ToDouble());
        // A teacher that says nothing is no measure.
        Assert.Equal(SquaredError.Mean(s, zeros_like(t)).ToDouble(), SquaredError.OfTokens(s, zeros_like(t), null, relative: true).ToDouble(), 1e-14);
        Assert.Equal(ScalarType.Float32, SquaredError.OfTokens(s.to(ScalarType.BFloat16), t.to(ScalarType.BFloat16), Mask(), true).dtype);
        Assert.Throws<ArgumentException>(() => SquaredError.OfTokens(s, t.narrow(2, 0, 2), null));
        Assert.Throws<ArgumentException>(() => SquaredError.OfTokens(s, t, Mask().narrow(1, 0, 2)));
    }
}
