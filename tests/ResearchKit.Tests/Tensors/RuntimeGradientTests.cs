using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResearchKit.Tests.Tensors;

/// <summary>Derivatives of first and second order, against differences in float64, through what a transformer is made of.</summary>
public class RuntimeGradientTests
{
    private const double Step = 1e-5;

    private static Tensor Random(long seed, params long[] size) => randn(size, float64, generator: new Generator((ulong)seed)).requires_grad_();

    /// <summary>Gradients by central differences, one element at a time.</summary>
    private static double[] Differences(Func<double> value, Tensor x)
    {
        using var quiet = no_grad();
        using var flat = x.detach().view(-1);
        var data = flat.data<double>();
        var result = new double[data.Count];
        for (long i = 0; i < result.Length; i++)
        {
            double at = data[i];
            data[i] = at + Step;
            double above = value();
            data[i] = at - Step;
            double below = value();
            data[i] = at;
            result[i] = (above - below) / (2 * Step);
        }
        return result;
    }

    private static void Close(double[] expected, Tensor actual, string what)
    {
        var got = actual.detach().contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < got.Length; i++)
            Assert.True(Math.Abs(expected[i] - got[i]) <= 1e-6 * Math.Max(1, Math.Abs(expected[i])), $"{what}[{i}]: {got[i]}, by differences {expected[i]}");
    }

    /// <summary>First order: d f / d x. Second: d (sum over inputs of u . d f / d x) / d x, which needs a derivative of the derivative.</summary>
    private static void Check(Func<Tensor> f, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var directions = inputs.Select((x, i) => randn(x.shape, float64, generator: new Generator((ulong)(90 + i)))).ToArray();

        Tensor Slope()
        {
            var grads = autograd.grad([f()], inputs, create_graph: true, retain_graph: true);
            return grads.Zip(directions, (g, u) => (g * u).sum()).Aggregate((a, b) => a + b);
        }

        double Value(Func<Tensor> of)
        {
            using var inner = NewDisposeScope();
            using var on = enable_grad();
            return of().item<double>();
        }

        var first = autograd.grad([f()], inputs);
        var second = autograd.grad([Slope()], inputs);
        for (int i = 0; i < inputs.Length; i++)
        {
            Close(Differences(() => Value(f), inputs[i]), first[i], $"first order, input {i}");
            Close(Differences(() => Value(Slope), inputs[i]), second[i], $"second order, input {i}");
        }
    }

    [Fact]
    public void AnAliasIsTheVeryTensor()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var same = x.alias();
        Assert.True(same.is_leaf);
        (same * 3).sum().backward();
        Assert.Equal([3f, 3f], x.grad!.data<float>().ToArray());
        x.Dispose();
        Assert.Equal([1f, 1f], same.detach().data<float>().ToArray());
    }

    [Fact]
    public void EmbeddingIsItsRowsGathered()
    {
        var table = Random(1, 5, 3);
        var ids = tensor(new long[,] { { 0, 4, 4 }, { 2, 0, 1 } });
        var weight = Random(2, 6, 3).detach();
        Check(() => (table.index_select(0, ids.view(-1)).tanh() * weight).sum(), table);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2, 3)]
    [InlineData(2, 2, 3)]
    public void LinearWithABias(params int[] shape)
    {
        Tensor x = Random(18, [.. shape.Select(n => (long)n)]), weight = Random(19, 4, 3), bias = Random(20, 4);
        Check(() => F.linear(x, weight, bias).pow(3).sum(), x, weight, bias);
        Check(() => F.linear(x.detach(), weight.detach(), bias).pow(3).sum(), bias);
    }

    [Fact]
    public void LayerNorm()
    {
        Tensor x = Random(3, 2, 4), gain = Random(4, 4), shift = Random(5, 4);
        Check(() => F.layer_norm(x, [4], gain, shift, 1e-3).pow(3).sum(), x, gain, shift);
    }

    [Fact]
    public void Gelu()
    {
        var x = Random(6, 7);
        Check(() => (x.gelu() * x).sum(), x);
    }

    [Fact]
    public void SoftmaxAndItsLogarithm()
    {
        var x = Random(7, 3, 4);
        var target = Random(8, 3, 4).detach().softmax(-1);
        Check(() => (x.softmax(-1).pow(2) - target * x.log_softmax(-1)).sum(), x);
    }

    [Fact]
    public void AttentionWithAPaddingMask()
    {
        // Two sequences of three; the second has one word of padding, which nobody may look at.
        Tensor x = Random(9, 2, 3, 4), wq = Random(10, 4, 4), wk = Random(11, 4, 4), wv = Random(12, 4, 4);
        var padded = tensor(new bool[,] { { false, false, false }, { false, false, true } }).unsqueeze(1);
        Tensor Attend()
        {
            var scores = x.matmul(wq).matmul(x.matmul(wk).transpose(-2, -1)) / 2.0;
            var weights = scores.masked_fill(padded, float.NegativeInfinity).softmax(-1);
            return (weights.matmul(x.matmul(wv)).tanh() * padded.logical_not().transpose(1, 2)).sum();
        }
        Check(Attend, x, wq, wk, wv);

        using var scope = NewDisposeScope();
        var seen = autograd.grad([Attend()], [x])[0];
        Assert.Equal(0.0, seen[1, 2].abs().sum().item<double>());
    }

    [Fact]
    public void AWholeLayer()
    {
        Tensor table = Random(13, 6, 4), w1 = Random(14, 4, 8), w2 = Random(15, 8, 4), gain = Random(16, 4);
        var ids = tensor(new long[] { 1, 5, 1 });
        var labels = tensor(new long[] { 0, 3, 2 });
        Tensor Loss()
        {
            var h = table.index_select(0, ids);
            h = F.layer_norm(h + h.matmul(w1).gelu().matmul(w2), [4], gain);
            return -h.log_softmax(-1).gather(1, labels.unsqueeze(1)).mean();
        }
        Check(Loss, table, w1, w2, gain);
    }

    private sealed class Cube : autograd.SingleTensorFunction<Cube>
    {
        public override string Name => nameof(Cube);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            return x * x * x;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var x = ctx.get_saved_variables()[0];
            return [grad_output * 3 * x * x];
        }
    }

    [Fact]
    public void AFunctionOfOnesOwnMakingTwiceDifferentiable()
    {
        var x = Random(17, 5);
        Check(() => Cube.apply(x).sum(), x);
    }

    [Fact]
    public void GradientsAddUpAndCanBeRedirectedIntoAFlatBuffer()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var buffer = zeros(3);
        x.grad = buffer.narrow(0, 1, 2);
        (x * 2).sum().backward();
        (x * 3).sum().backward();
        Assert.Equal([0f, 5f, 5f], buffer.data<float>().ToArray());
    }
}
