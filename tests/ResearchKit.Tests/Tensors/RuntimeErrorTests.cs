using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>A mistake becomes an exception that tells libtorch's reason, and the tensors stay usable.</summary>
public class RuntimeErrorTests
{
    private static string Refused(Action act) => Assert.Throws<ExternalException>(act).Message;

    [Fact]
    public void ShapesThatDoNotMeetAreNamed()
    {
        using var a = ones(2);
        using var b = ones(3);
        var message = Refused(() => a.add(b));
        Assert.Contains("2", message);
        Assert.Contains("3", message);
        Assert.Contains("must match", message);
        using var sum = a + a;
        Assert.Equal(2f, sum[1].item<float>());
    }

    [Theory]
    [InlineData("mm")]
    [InlineData("bmm")]
    [InlineData("view")]
    [InlineData("cat")]
    [InlineData("stack")]
    [InlineData("gather")]
    [InlineData("index")]
    [InlineData("narrow")]
    [InlineData("dim")]
    [InlineData("copy")]
    public void EachKindOfMisfitIsAnException(string kind) => Refused(() =>
    {
        using var scope = NewDisposeScope();
        _ = kind switch
        {
            "mm" => ones(2, 3).mm(ones(2, 3)),
            "bmm" => ones(1, 2, 3).bmm(ones(1, 2, 3)),
            "view" => ones(4).view(3),
            "cat" => cat([ones(2, 1), ones(3, 2)], 0),
            "stack" => stack(Array.Empty<Tensor>()),
            "gather" => ones(2, 2).gather(1, tensor(new long[,] { { 5 } })),
            "index" => arange(3)[7],
            "narrow" => ones(4).narrow(0, 3, 2),
            "dim" => ones(3).sum(4),
            _ => zeros(2).copy_(ones(3)),
        };
    });

    [Fact]
    public void TypesThatDoNotMeetAreExceptions()
    {
        using var scope = NewDisposeScope();
        Refused(() => tensor(new long[] { 1, 2 }).add_(tensor(new[] { 0.5f, 0.5f })));
        Refused(() => tensor([true]).sub(tensor([true])));
        Refused(() => ones(1, 1).mm(ones([1, 1], float64)));
        Refused(() => arange(2).requires_grad_());
        Refused(() => tensor(new long[] { 1, 2 }).mean());
        Assert.Throws<ArgumentException>(() => ones(2).data<double>());
        Assert.Throws<ArgumentException>(() => tensor(2.5f).item<double>());
        Assert.Throws<ArgumentException>(() => ones(2).item<float>());
    }

    [Fact]
    public void ADisposedTensorIsRefusedEverywhere()
    {
        var gone = ones(2);
        using var live = ones(2);
        gone.Dispose();
        gone.Dispose();
        Assert.True(gone.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => gone.add(1));
        Assert.Throws<InvalidOperationException>(() => live.add(gone));
        Assert.Throws<InvalidOperationException>(() => live.copy_(gone));
        Assert.Throws<InvalidOperationException>(() => cat([live, gone]));
        Assert.Throws<InvalidOperationException>(() => live[gone]);
        Assert.Throws<InvalidOperationException>(() => gone.shape);
        Assert.Throws<InvalidOperationException>(() => gone.dtype);
        Assert.Throws<InvalidOperationException>(() => gone.item<float>());
        Assert.Throws<InvalidOperationException>(() => gone.data<float>());
        Assert.Throws<InvalidOperationException>(() => gone.backward());
        Assert.Throws<InvalidOperationException>(() => gone.grad);
    }

    [Fact]
    public void BackwardNeedsAGraphAndAnUntouchedOne()
    {
        using var scope = NewDisposeScope();
        Refused(() => ones(1).sum().backward());
        var x = ones(2, requires_grad: true);
        Refused(() => (x * 2).backward());
        var y = x.exp();
        var z = y * y;
        y.add_(1);
        Assert.Contains("modified by an inplace operation", Refused(() => z.sum().backward()));
        var once = (x * x).exp().sum();
        once.backward();
        Refused(() => once.backward());
    }

    [Fact]
    public void AnArrayTooSmallForItsShapeIsRefused() =>
        Assert.Throws<ArgumentException>(() => tensor([1f, 2, 3, 4, 5], new long[] { 2, 3 }));

    [Fact]
    public void AGpuThatIsNotThereIsRefused()
    {
        if (cuda.is_available()) return;
        Assert.Throws<InvalidOperationException>(() => zeros(1, device: new Device("cuda")));
        Assert.Throws<InvalidOperationException>(() => zeros(1).to(DeviceType.CUDA));
        Assert.False(TryInitializeDeviceType(DeviceType.CUDA));
    }
}
