using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Losses;

public class CrossEntropyTests
{
    [Fact]
    public void IsTheMeanOverScoredPositions()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 1, 2, 0, /**/ 0, 0, 3, /**/ 9, 9, 9, /**/ -1, 0, 1 }, [2, 2, 3]);
        var targets = tensor(new long[] { 1, 2, Batch.Ignored, 0 }, [2, 2]);
        double One(double[] z, int c) => Math.Log(z.Sum(Math.Exp)) - z[c];
        double a = One([1, 2, 0], 1), b = One([0, 0, 3], 2), c = One([-1, 0, 1], 0);
        Assert.Equal((a + b + c) / 3, CrossEntropy.Mean(logits, targets).ToDouble(), tolerance: 1e-6);
        var mask = tensor(new bool[] { true, false, true, true }, [2, 2]); // a masked and an ignored position
        Assert.Equal((a + c) / 2, CrossEntropy.Mean(logits, targets, mask).ToDouble(), tolerance: 1e-6);
        Assert.Equal((a + b) / 2, CrossEntropy.Mean(logits[0], targets[0]).ToDouble(), tolerance: 1e-6); // classes are the same function
    }

    [Fact]
    public void NothingScoredIsZeroWithZeroGradient()
    {
        using var scope = NewDisposeScope();
        var logits = Seeded.Normal(1, 2, 3, 5).requires_grad_();
        var loss = CrossEntropy.Mean(logits, full([2, 3], Batch.Ignored, dtype: ScalarType.Int64));
        loss.backward();
        Assert.Equal(0.0, loss.ToDouble());
        Assert.Equal(0.0, logits.grad!.abs().sum().ToDouble());
    }

    [Fact]
    public void HugeAndHalfLogitsAreFine()
    {
        using var scope = NewDisposeScope();
        var wild = tensor(new float[] { 1e4f, -1e4f, 0 }, [1, 3]).requires_grad_();
        var loss = CrossEntropy.Mean(wild, tensor(new long[] { 1 }));
        loss.backward();
        Assert.Equal(2e4, loss.ToDouble(), tolerance: 1e-1);
        Assert.False(wild.grad!.isnan().any().item<bool>());
        var x = Seeded.Normal(2, 4, 300);
        var targets = tensor(new long[] { 0, 299, 17, 150 });
        Assert.Equal(CrossEntropy.Mean(x, targets).ToDouble(), CrossEntropy.Mean(x + 1000, targets).ToDouble(), tolerance: 1e-3); // a shift changes nothing
        foreach (var half in (ScalarType[])[ScalarType.BFloat16, ScalarType.Float16])
        {
            var small = x.to(half);
            var value = CrossEntropy.Mean(small, targets);
            Assert.Equal(ScalarType.Float32, value.dtype);
            Assert.Equal(CrossEntropy.Mean(small.to(ScalarType.Float32), targets).ToDouble(), value.ToDouble(), tolerance: 1e-6);
        }
    }

    [Fact]
    public void DerivativesAreRight()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var logits = randn(2, 3, 4, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        var targets = tensor(new long[] { 0, 3, Batch.Ignored, 2, 2, 1 }, [2, 3]);
        GradientCheck.First(() => CrossEntropy.Mean(logits, targets), logits);
        GradientCheck.Second(() => CrossEntropy.Mean(logits, targets), logits);
    }

    [Fact]
    public void ShapesThatDoNotBelongTogetherAreRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => CrossEntropy.Mean(zeros(2, 3, 4), zeros([2, 4], dtype: ScalarType.Int64)));
        Assert.Throws<ArgumentException>(() => CrossEntropy.Mean(zeros(2, 3, 4), zeros([2, 3], dtype: ScalarType.Int64), ones([2], dtype: ScalarType.Bool)));
    }
}
