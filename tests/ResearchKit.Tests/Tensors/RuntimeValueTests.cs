using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Tensors;

/// <summary>Values in and out: every dtype, every way to call, shared memory, files.</summary>
public class RuntimeValueTests
{
    private static float[] Floats(Tensor t) => t.to_type(float32).data<float>().ToArray();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    public void EveryDtypeAddsAndConverts(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var t = arange(4, dtype: type);
        var u = t + t;
        Assert.Equal(type, u.dtype);
        Assert.Equal([0f, 2f, 4f, 6f], Floats(u));
        Assert.Equal(6.0, u.max().ToDouble());
        Assert.Equal([false, true, true, true], (t > 0).data<bool>().ToArray());
        Assert.Equal(type.ElementSize(), (int)t.ElementSize);
    }

    [Fact]
    public void BFloat16RoundsToNearestAndTiesToEven()
    {
        using var scope = NewDisposeScope();
        float[] values = [1.00390625f, 1.01171875f, 3.14159274f, -65504f, float.PositiveInfinity, 0f];
        var there = tensor(values).to_type(bfloat16);
        Assert.Equal(Floats(there), values.Select(v => new BFloat16(v).ToSingle()));
        Assert.True(new BFloat16(float.NaN) is var nan && BFloat16.IsNaN(nan));
    }

    [Fact]
    public void CollectionExpressionsFindTheirOverloads()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2L, 3L], zeros([2, 3]).shape);
        Assert.Equal(Float32Of(1, 2), Floats(tensor([1f, 2f])));
        Assert.Equal(ScalarType.Int64, tensor([1L, 2L]).dtype);
        Assert.Equal(ScalarType.Int32, tensor([1, 2]).dtype);
        Assert.Equal(ScalarType.Float64, tensor([1.0, 2.0]).dtype);
        var m = tensor(new float[,] { { 1, 2 }, { 3, 4 } });
        Assert.Equal(Float32Of(4, 6), Floats(m.sum([0])));
        Assert.Equal(Float32Of(1.5f, 3.5f), Floats(m.mean([1])));
        Assert.Equal(Float32Of(1, 3, 2, 4), Floats(m.permute([1, 0])));
        Assert.Equal([4L, 2L], cat([m, m]).shape);
        Assert.Equal(Float32Of(3, 4), Floats(m[1]));
        Assert.Equal(Float32Of(2, 4), Floats(m[.., 1]));
        Assert.Equal([2L, 1L], m[.., 1..].shape);
        Assert.Equal(4f, m[^1, ^1].item<float>());
        var x = ones([2], requires_grad: true);
        Assert.Equal(Float32Of(2, 2), Floats(autograd.grad([(x * x).sum()], [x])[0]));
    }

    private static float[] Float32Of(params float[] values) => values;

    [Fact]
    public void AnArrayIsSharedByFromArrayAndCopiedByTensor()
    {
        using var scope = NewDisposeScope();
        float[,] array = { { 1, 2 }, { 3, 4 } };
        Tensor shared = from_array(array), copied = tensor(array);
        array[0, 0] = 9;
        Assert.Equal(9f, shared[0, 0].item<float>());
        Assert.Equal(1f, copied[0, 0].item<float>());
        shared[1, 1] = tensor(7f);
        Assert.Equal(7f, array[1, 1]);
        var view = shared.narrow(0, 1, 1);
        shared.Dispose();
        GC.Collect();
        Assert.Equal(Float32Of(3, 7), Floats(view));
    }

    [Fact]
    public void DataShowsViewsInLogicalOrderAndWritesThrough()
    {
        using var scope = NewDisposeScope();
        var m = arange(6, dtype: float32).reshape(2, 3);
        Assert.Equal(Float32Of(0, 3, 1, 4, 2, 5), m.t().data<float>().ToArray());
        var column = m.select(1, 2).data<float>();
        column[1] = 50;
        Assert.Equal(50f, m[1, 2].item<float>());
        Assert.Throws<IndexOutOfRangeException>(() => column[2]);
        var part = new float[2];
        m.data<float>().CopyTo(part, 0, 1);
        Assert.Equal(Float32Of(1, 2), part);
        Assert.Equal(24, m.bytes.Length);
        // One number reads any tensor, but writes only what has one dimension.
        Assert.Equal(4f, m.data<float>()[4]);
        Assert.Throws<IndexOutOfRangeException>(() => m.data<float>()[4] = 0);
        Assert.Empty(zeros(0).data<float>().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => zeros(2, 0).data<float>().ToArray());
    }

    [Fact]
    public void MasksAndIndicesPickAndPlace()
    {
        using var scope = NewDisposeScope();
        var t = tensor([1f, -2, 3, -4]);
        t[t < 0] = tensor(0f);
        Assert.Equal(Float32Of(1, 0, 3, 0), Floats(t));
        t[tensor([0L, 2L])] = tensor([5f, 6f]);
        Assert.Equal(Float32Of(5, 0, 6, 0), Floats(t));
        t[1..3] = tensor([8f, 9f]);
        Assert.Equal(Float32Of(5, 8, 9, 0), Floats(t));
        Assert.Equal(Float32Of(0, 9), Floats(t[tensor([3L, 2L])]));
    }

    [Fact]
    public void AGeneratorIsAStreamOfItsOwnThatCanBeRewound()
    {
        using var scope = NewDisposeScope();
        using var a = new Generator(7);
        var first = Floats(randn([5], generator: a));
        using var state = a.get_state();
        var next = Floats(randn([5], generator: a));
        a.set_state(state);
        Assert.Equal(next, Floats(randn([5], generator: a)));
        Assert.Equal(first, Floats(randn([5], generator: new Generator(7))));
        Assert.NotEqual(first, next);
    }

    [Fact]
    public void GradModesNestAndEnd()
    {
        using var scope = NewDisposeScope();
        var x = ones(1, requires_grad: true);
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        using (inference_mode()) Assert.False((x * 2).requires_grad);
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void SingularValuesRebuildTheirMatrix()
    {
        using var scope = NewDisposeScope();
        var a = randn([5, 3], float64, generator: new Generator(3));
        var (u, s, vh) = linalg.svd(a, fullMatrices: false);
        Assert.True(u.mul(s).mm(vh).allclose(a));
        Assert.True(linalg.svdvals(a).allclose(s));
        Assert.Equal(Math.Sqrt(s.square().sum().item<double>()), linalg.norm(a).item<double>(), 9);
    }

    [Fact]
    public void ATensorGoesThroughAStreamByteForByte()
    {
        using var scope = NewDisposeScope();
        var t = randn([3, 2]).to_type(bfloat16);
        Assert.Throws<InvalidOperationException>(() => t.t().Save(new MemoryStream()));
        var stream = new MemoryStream();
        t.Save(new BinaryWriter(stream));
        stream.Position = 0;
        var back = TensorExtensionMethods.Load(new BinaryReader(stream));
        Assert.Equal(t.shape, back.shape);
        Assert.True(t.Equals(back));
    }

    [Fact]
    public void AFileIsMappedPrivatelyUnlessShared()
    {
        using var scope = NewDisposeScope();
        string path = Path.GetTempFileName();
        try
        {
            byte[] bytes = [0, 0, 128, 63, 0, 0, 0, 64, 9];
            File.WriteAllBytes(path, bytes);
            var t = from_file(path, shared: false, size: 2);
            Assert.Equal(Float32Of(1, 2), Floats(t));
            t.fill_(5);
            Assert.Equal(Float32Of(5, 5), Floats(t));
            Assert.Equal(bytes, File.ReadAllBytes(path));
            Assert.Equal(9, from_file(path, size: 9, dtype: uint8)[8].item<byte>());
            from_file(path, shared: true, size: 2, dtype: float32).fill_(0);
            Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 9], File.ReadAllBytes(path));
            Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => from_file(path, shared: false, size: 3));
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => from_file(path, shared: false, size: 2));
    }
}
