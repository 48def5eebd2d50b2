using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>Who disposes what, and the counts that show a leak.</summary>
public class RuntimeScopeTests
{
    private static long Live => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    [Fact]
    public void AScopeDisposesWhatWasMadeInItAndNoMore()
    {
        using var before = ones(1);
        Tensor inside, moved, detached;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                inside = before + 1;
                moved = (before + 2).MoveToOuterDisposeScope();
                detached = (before + 3).DetachFromDisposeScope();
                Assert.Equal(1, inner.DisposablesCount);
                Assert.True(inner.Contains(inside));
            }
            Assert.True(inside.IsInvalid);
            Assert.False(moved.IsInvalid);
            Assert.Equal(1, outer.DisposablesCount);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(before.IsInvalid);
        Assert.Equal(4f, detached.item<float>());
        detached.Dispose();
    }

    [Fact]
    public void EveryHandleIsGivenBack()
    {
        long level = Live;
        for (int step = 0; step < 20; step++)
        {
            using var scope = NewDisposeScope();
            var x = randn([4, 3], requires_grad: true);
            var parts = (x * 2).split(2);
            var (values, indexes) = stack(parts).max(1);
            var loss = values.sum() + indexes.sum();
            loss.backward();
            x.grad!.zero_();
            _ = autograd.grad([(x * x).sum()], [x])[0].unbind();
            Assert.True(Live > level);
        }
        Assert.Equal(level, Live);
    }

    [Fact]
    public void WhatIsDisposedEarlyLeavesItsScope()
    {
        using var scope = NewDisposeScope();
        var many = Enumerable.Range(0, 100).Select(i => full([1], i)).ToArray();
        foreach (var t in many.Where((_, i) => i % 3 == 0)) t.Dispose();
        Assert.Equal(66, scope.DisposablesCount);
        scope.DisposeEverythingBut(many[1], many[2]);
        Assert.Equal(2, scope.DisposablesCount);
        Assert.Equal(2, many.Count(t => !t.IsInvalid));
        Assert.Equal(2L, many[2].item<long>());
    }

    [Fact]
    public void AViewOutlivesItsBaseAndACountOutlivesAnError()
    {
        long level = Live;
        var t = arange(4);
        var v = t.narrow(0, 2, 2);
        t.Dispose();
        Assert.Equal(3L, v[1].item<long>());
        v.Dispose();
        GC.Collect();
        using (NewDisposeScope())
        {
            var a = ones(2);
            Assert.ThrowsAny<Exception>(() => a + ones(3));
        }
        Assert.True(Live - level <= 1, "only the unnamed element read above may still wait for the collector");
    }

    [Fact]
    public void InPlaceOperationsReturnTheirOperand()
    {
        using var scope = NewDisposeScope();
        var t = ones(2);
        Assert.Same(t, t.add_(1).mul_(2).clamp_(0, 3));
        var zeroed = t.zero_();
        Assert.NotSame(t, zeroed);
        zeroed.Dispose();
        Assert.Equal(0f, t.sum().item<float>());
    }
}
