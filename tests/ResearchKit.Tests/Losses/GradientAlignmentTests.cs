using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

public class GradientAlignmentTests
{
    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: ScalarType.Float64, generator: generator);
    }

    private static Tensor Mask() => tensor(new[] { true, true, true, false, true, false, false, false }, [2, 4]);

    private static readonly AlignmentReduction[] Reductions = Enum.GetValues<AlignmentReduction>();

    [Fact]
    public void ItIsTwiceOneLessTheCosine() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll(Gen.Choose(1, 100000).ToArbitrary(), seed =>
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random((ulong)seed, 2, 4, 5), Random((ulong)seed + 1, 2, 4, 5) * 1e-3);
        var cosine = nn.functional.cosine_similarity(a, b, dim: -1);
        double expected = ((1 - cosine) * 2).masked_fill(Mask().logical_not(), 0).sum().ToDouble();
        double tokens = GradientAlignment.OfTokens(a, b, Mask()).ToDouble();
        Assert.Equal(expected / 4, tokens, 1e-12);                                                   // four real tokens
        Assert.Equal(expected / 2, GradientAlignment.OfTokens(a, b, Mask(), AlignmentReduction.Sum).ToDouble(), 1e-12);
        Assert.InRange(tokens, 0, 4);
        return true;
    }));

    [Fact]
    public void AShortRowWeighsAsMuchAsALongOneWhereRowsAreAveraged()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(1, 2, 4, 5), Random(2, 2, 4, 5));
        var each = (1 - nn.functional.cosine_similarity(a, b, dim: -1)) * 2;
        double expected = (each[0].narrow(0, 0, 3).mean().ToDouble() + each[1][0].ToDouble()) / 2;
        Assert.Equal(expected, GradientAlignment.OfTokens(a, b, Mask(), AlignmentReduction.Rows).ToDouble(), 1e-12);
    }

    [Fact]
    public void OneSelfIsAlignedAndTheOppositeIsFourApart()
    {
        using var scope = NewDisposeScope();
        var a = Random(3, 2, 4, 5);
        foreach (var reduction in Reductions) Assert.Equal(0, GradientAlignment.OfTokens(a, a * 7, Mask(), reduction).ToDouble(), 1e-12);
        Assert.Equal(4, GradientAlignment.OfTokens(a, -a, Mask()).ToDouble(), 1e-12);
        Assert.Equal(4, GradientAlignment.OfRows(a[0], -a[0]).ToDouble(), 1e-12);
    }

    [Fact]
    public void WhatStandsInPaddingChangesNothing()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(4, 2, 4, 5), Random(5, 2, 4, 5));
        var noise = a.masked_fill(Mask().logical_not().unsqueeze(-1), 1e6);
        foreach (var reduction in Reductions)
            Assert.Equal(GradientAlignment.OfTokens(a, b, Mask(), reduction).ToDouble(), GradientAlignment.OfTokens(noise, b, Mask(), reduction).ToDouble());
    }

    [Fact]
    public void ARowOfZeroLengthIsNoNumberNowhere()
    {
        using var scope = NewDisposeScope();
        var a = zeros(2, 4, 5, dtype: ScalarType.Float64).requires_grad_();
        foreach (var reduction in Reductions)
        {
            var loss = GradientAlignment.OfTokens(a, Random(6, 2, 4, 5), Mask(), reduction);
            Assert.True(double.IsFinite(loss.ToDouble()));
            Assert.True(autograd.grad([loss], [a])[0].isfinite().all().ToBoolean());
        }
        // Where everything is masked there is nothing to align, and nothing to learn.
        var none = GradientAlignment.OfTokens(a, Random(6, 2, 4, 5), zeros(2, 4, dtype: ScalarType.Bool));
        Assert.Equal(0, none.ToDouble());
        Assert.Equal(0, autograd.grad([none], [a])[0].abs().sum().ToDouble());
    }

    [Fact]
    public void DerivativesAreRight()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(7, 2, 4, 5).requires_grad_(), Random(8, 2, 4, 5));
        foreach (var reduction in Reductions)
        {
            GradientCheck.First(() => GradientAlignment.OfTokens(a, b, Mask(), reduction), a);
            GradientCheck.Second(() => GradientAlignment.OfTokens(a, b, Mask(), reduction), a);
        }
        var rows = Random(9, 3, 5).requires_grad_();
        GradientCheck.First(() => GradientAlignment.OfRows(rows, Random(10, 3, 5)), rows);
        GradientCheck.Second(() => GradientAlignment.OfRows(rows, Random(10, 3, 5)), rows);
    }

    [Fact]
    public void StatesOfTheFirstTokenAreComparedInDirectionToo()
    {
        using var scope = NewDisposeScope();
        Tensor[] s = [Random(11, 3, 5).requires_grad_(), Random(12, 3, 5).requires_grad_()], t = [Random(13, 3, 5), Random(14, 3, 5)];
        double expected = s.Zip(t).Sum(p => ((1 - nn.functional.cosine_similarity(p.First, p.Second, dim: -1)) * 2).sum().ToDouble()) / (3 * 2 * 5);
        Assert.Equal(expected, PatientStates.Loss(s, t).ToDouble(), 1e-12);
        Assert.Equal(0, PatientStates.Loss(s, s).ToDouble(), 1e-12);
        GradientCheck.First(() => PatientStates.Loss(s, t), s);
        Assert.Throws<ArgumentException>(() => PatientStates.Loss(s, [t[0]]));
        Assert.Throws<ArgumentException>(() => PatientStates.Loss([], []));
    }

    [Fact]
    public void HalfPrecisionIsWidened()
    {
        using var scope = NewDisposeScope();
        var half = Random(15, 2, 4, 5).to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.Float32, GradientAlignment.OfTokens(half, half, Mask()).dtype);
        Assert.Throws<ArgumentException>(() => GradientAlignment.OfTokens(half, half.narrow(2, 0, 4), Mask()));
    }
}
