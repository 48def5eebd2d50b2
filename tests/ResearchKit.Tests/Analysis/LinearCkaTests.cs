using FsCheck;
using FsCheck.Fluent;
using ResearchKit.Analysis;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Analysis;

public sealed class LinearCkaTests
{
    private static Tensor Draw(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, dtype: ScalarType.Float64, generator: generator);
    }

    [Theory]
    [InlineData(false, "plain")]
    [InlineData(true, "debiased")]
    public void ItIsWhatKernelMatricesGive(bool debiased, string name)
    {
        using var scope = NewDisposeScope();
        var json = AlignmentFixture.Json;
        Tensor[] x = [.. json["x"]!.AsArray().Select(AlignmentFixture.Values)], y = [.. json["y"]!.AsArray().Select(AlignmentFixture.Values)];
        var wanted = AlignmentFixture.Rows(json["cka"]![name]);
        using var cka = new LinearCka();
        cka.Add(x, y);
        AlignmentFixture.Same(wanted, cka.Values(debiased), 1e-10);
        Assert.Equal(11, cka.Samples);
        Assert.Equal(wanted[1][2], LinearCka.Between(x[1], y[2], debiased), 1e-10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BatchesAreTheWhole(bool debiased)
    {
        using var scope = NewDisposeScope();
        Tensor x = Draw(1, 40, 5) + 100, y = Draw(2, 40, 7) + x.narrow(1, 0, 1);
        double whole = LinearCka.Between(x, y, debiased);
        foreach (int[] cuts in new[] { new[] { 1, 39 }, [20, 20], [3, 7, 30], [.. Enumerable.Repeat(1, 40)] })
        {
            using var cka = new LinearCka();
            long from = 0;
            foreach (int cut in cuts)
            {
                cka.Add([x.narrow(0, from, cut)], [y.narrow(0, from, cut)]);
                from += cut;
            }
            Assert.Equal(whole, cka.Values(debiased)[0][0], 1e-10);
        }
        // A mean of batches would be another number.
        Assert.NotEqual(whole, (LinearCka.Between(x.narrow(0, 0, 20), y.narrow(0, 0, 20), debiased) + LinearCka.Between(x.narrow(0, 20, 20), y.narrow(0, 20, 20), debiased)) / 2, 3);
    }

    [Fact]
    public void RotationScaleAndPlaceDoNotMatter()
    {
        var gen = from seed in Gen.Choose(0, 10_000) from n in Gen.Choose(5, 30) from d in Gen.Choose(2, 8) from scale in Gen.Choose(1, 1000) from shift in Gen.Choose(-50, 50) select (seed, n, d, scale, shift);
        Prop.ForAll(Arb.From(gen), draw =>
        {
            using var scope = NewDisposeScope();
            var (seed, n, d, scale, shift) = draw;
            Tensor x = Draw(seed, n, d), y = Draw(seed + 1, n, 4) + x.narrow(1, 0, 1), v = Draw(seed + 2, d, 1), w = Draw(seed + 3, d, 1);
            // Two reflections after one another are a rotation.
            Tensor Reflection(Tensor u) => eye(d, dtype: ScalarType.Float64) - u.matmul(u.transpose(0, 1)) * 2 / u.square().sum();
            var moved = x.matmul(Reflection(v).matmul(Reflection(w))) * (scale * 0.01) + shift;
            foreach (bool debiased in new[] { false, true })
            {
                Assert.Equal(LinearCka.Between(x, y, debiased), LinearCka.Between(moved, y, debiased), 1e-8);
                Assert.Equal(LinearCka.Between(x, y, debiased), LinearCka.Between(y, x, debiased), 1e-10);
                Assert.Equal(1, LinearCka.Between(x, moved, debiased), 1e-8);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void OfWhatIsIndependentThePlainEstimateIsHighAndTheDebiasedOneIsNot()
    {
        using var scope = NewDisposeScope();
        double[] plain = new double[20], debiased = new double[20];
        for (int i = 0; i < 20; i++)
        {
            Tensor x = Draw(100 + i, 30, 60), y = Draw(500 + i, 30, 60);
            (plain[i], debiased[i]) = (LinearCka.Between(x, y), LinearCka.Between(x, y, debiased: true));
        }
        Assert.InRange(plain.Average(), 0.6, 0.8);        // about D/(N + D)
        Assert.InRange(debiased.Average(), -0.02, 0.02);
        Assert.Contains(debiased, v => v < 0);
    }

    [Fact]
    public void WhatHasNoAlignmentHasNone()
    {
        using var scope = NewDisposeScope();
        Assert.True(double.IsNaN(LinearCka.Between(ones(6, 3) * 7, Draw(1, 6, 2))));
        Assert.True(double.IsNaN(LinearCka.Between(Draw(2, 3, 3), Draw(1, 3, 2), debiased: true)));
        Assert.False(double.IsNaN(LinearCka.Between(Draw(2, 3, 3), Draw(1, 3, 2))));
        using var none = new LinearCka();
        Assert.Contains("no samples", Assert.Throws<KitException>(() => none.Values()).Message);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var cka = new LinearCka();
        Assert.Contains("of the same samples", Assert.Throws<ArgumentException>(() => cka.Add([Draw(1, 5, 2)], [Draw(2, 4, 2)])).Message);
        Assert.Contains("of the same samples", Assert.Throws<ArgumentException>(() => cka.Add([], [Draw(2, 4, 2)])).Message);
        cka.Add([Draw(1, 5, 2)], [Draw(2, 5, 3)]);
        Assert.Contains("of widths 3, and now [5, 2]", Assert.Throws<ArgumentException>(() => cka.Add([Draw(1, 5, 2)], [Draw(2, 5, 2)])).Message);
    }

    [Fact]
    public void NothingIsLeftBehind()
    {
        using var scope = NewDisposeScope();
        Tensor x = Draw(1, 8, 2), y = Draw(2, 8, 3);
        LinearCka.Between(x, y, debiased: true);
        long live = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        LinearCka.Between(x, y, debiased: true);
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
