using ResearchKit.Models;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class BatchTests
{
    [Theory]
    [InlineData(false, new[] { true, true, true, true, false, false })]
    [InlineData(true, new[] { true, true, true, false, false, true })]
    public void TheMaskComesFromTheLengths(bool left, bool[] expected)
    {
        using var batch = Tiny.Rows([[1, 1, 1], [1]], padding: 1, left: left); // padding looks like a token
        Assert.Equal(expected, batch.Mask.data<bool>().ToArray());
        Assert.Same(batch.Mask, batch.Mask);
        Assert.False(batch.IsFull);
    }

    [Fact]
    public void TargetsAreTheNextTokens()
    {
        const long no = Batch.Ignored;
        Assert.Equal([11, 12, 13, no], Batch.NextTokenTargets([10, 11, 12, 13], scoredFrom: 0));
        Assert.Equal([11, 12, 13, no], Batch.NextTokenTargets([10, 11, 12, 13], scoredFrom: 1));
        Assert.Equal([no, no, 13, no], Batch.NextTokenTargets([10, 11, 12, 13], scoredFrom: 3)); // the prompt's last token predicts the first scored one
        Assert.Equal([no, no, no, no], Batch.NextTokenTargets([10, 11, 12, 13], scoredFrom: 4));
        Assert.Empty(Batch.NextTokenTargets([], scoredFrom: 0));
    }

    [Fact]
    public void WhatIsScoredIsCounted()
    {
        using var batch = new Batch(zeros([2, 3], dtype: ScalarType.Int64), [3, 2], targets: tensor(new long[] { 4, 5, -100, -100, 6, -100 }, [2, 3]), targetCount: 3);
        Assert.Equal([true, true, false, false, true, false], batch.Scored.data<bool>().ToArray());
        Assert.Equal((2, 5, 3), (batch.Count(Unit.Example), batch.Count(Unit.Token), batch.Count(Unit.Target)));
    }

    [Fact]
    public void PromptsStandAtTheRight()
    {
        using var batch = Batch.LeftPadded([[1, 2, 3], [4]], padding: 9);
        Assert.Equal([1, 2, 3, 9, 9, 4], batch.Ids.data<long>().ToArray());
        Assert.True(batch.PaddedLeft);
        Assert.Same(batch, batch.To(CPU));
    }

    [Fact]
    public void ABatchThatCannotBeIsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => new Batch(zeros([2, 3], dtype: ScalarType.Int64), [3]));
        Assert.Throws<ArgumentException>(() => new Batch(zeros([2, 3], dtype: ScalarType.Int64), [3, 0]));
        Assert.Throws<ArgumentException>(() => new Batch(zeros([2, 3], dtype: ScalarType.Int64), [3, 4]));
    }
}
