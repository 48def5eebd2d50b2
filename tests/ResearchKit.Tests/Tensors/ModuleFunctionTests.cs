using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace ResearchKit.Tests.Tensors;

/// <summary>Layers and losses as functions: their values against the formula, their gradients against differences.</summary>
[Collection(GlobalRandom.Name)]
public class ModuleFunctionTests
{
    private static readonly Tensor Logits = tensor(new double[] { 1, 2, 3, 3, 1, 0, -1, 0.5, 2 }, [3, 3]).DetachFromDisposeScope();

    private static double[] Values(Tensor t) => t.to(ScalarType.Float64).data<double>().ToArray();

    private static void Near(double[] expected, Tensor actual, double within = 1e-12)
    {
        var values = Values(actual);
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], values[i], within);
    }

    private static double[,] LogSoftmax(double temperature = 1)
    {
        var (values, result) = (Values(Logits), new double[3, 3]);
        for (int row = 0; row < 3; row++)
        {
            double total = Enumerable.Range(0, 3).Sum(c => Math.Exp(values[3 * row + c] / temperature));
            for (int c = 0; c < 3; c++) result[row, c] = values[3 * row + c] / temperature - Math.Log(total);
        }
        return result;
    }

    [Fact]
    public void CrossEntropyIgnoresSmoothsAndAveragesOverWhatIsLeft()
    {
        var logp = LogSoftmax();
        var target = tensor(new long[] { 2, -100, 0 });
        Near([-(logp[0, 2] + logp[2, 0]) / 2], F.cross_entropy(Logits, target));
        Near([-logp[0, 2], 0, -logp[2, 0]], F.cross_entropy(Logits, target, reduction: nn.Reduction.None));

        double Smoothed(int row, int gold) => -0.9 * logp[row, gold] - 0.1 / 3 * (logp[row, 0] + logp[row, 1] + logp[row, 2]);
        Near([(Smoothed(0, 2) + Smoothed(2, 0)) / 2], F.cross_entropy(Logits, target, label_smoothing: 0.1));
    }

    [Fact]
    public void KlDivergenceTakesLogarithmsUnlessToldOtherwise()
    {
        var (student, teacher) = (LogSoftmax(), LogSoftmax(temperature: 2));
        double[] single = [.. Enumerable.Range(0, 9).Select(i => Math.Exp(teacher[i / 3, i % 3]) * (teacher[i / 3, i % 3] - student[i / 3, i % 3]))];
        var (q, logp) = (F.log_softmax(Logits, -1), F.log_softmax(Logits / 2, -1));
        Near(single, F.kl_div(q, logp, reduction: nn.Reduction.None));
        Near([single.Sum()], F.kl_div(q, logp.exp(), log_target: false, reduction: nn.Reduction.Sum));
        Near([single.Sum() / 9], F.kl_div(q, logp));
    }

    [Fact]
    public void GeluIsExactOrByTanh()
    {
        double[] at = [-2, -0.5, 0, 1, 3];
        double Tanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
        Near([.. at.Select(Tanh)], F.gelu(tensor(at), GELU.Approximate.tanh));
        using var x = tensor(at);
        Near(Values(0.5 * x * (1 + (x / Math.Sqrt(2)).erf())), F.gelu(x));
    }

    [Fact]
    public void LayerNormDividesByTheBiasedDeviation()
    {
        double mean = 2, deviation = Math.Sqrt(2.0 / 3 + 1e-5);
        Near([-1 / deviation * 2 + 1, (2 - mean) / deviation * 2 + 1, 1 / deviation * 2 + 1],
            F.layer_norm(tensor(new double[] { 1, 2, 3 }), [3], full([3], 2.0, dtype: ScalarType.Float64), ones(3, dtype: ScalarType.Float64)));
    }

    [Fact]
    public void AttentionIsSoftmaxOfScaledProducts()
    {
        using var generator = new Generator(1);
        Tensor Draw() => randn([2, 4, 8], dtype: ScalarType.Float64, generator: generator);
        var (q, k, v) = (Draw(), Draw(), Draw());
        var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(8);
        var later = ones(4, 4, dtype: ScalarType.Bool).triu(1);

        Near(Values(scores.softmax(-1).matmul(v)), F.scaled_dot_product_attention(q, k, v), 1e-10);
        Near(Values(scores.masked_fill(later, double.NegativeInfinity).softmax(-1).matmul(v)), F.scaled_dot_product_attention(q, k, v, is_casual: true), 1e-10);
        Near(Values(F.scaled_dot_product_attention(q, k, v, is_casual: true)), F.scaled_dot_product_attention(q, k, v, attn_mask: later.logical_not()), 1e-10);
    }

    [Fact]
    public void WhoMayLookAtNothingSeesNothingAndHasNoGradient()
    {
        var x = ones(1, 2, 3, requires_grad: true);
        var seen = F.scaled_dot_product_attention(x, x, x * 5, attn_mask: tensor(new[,] { { false, false }, { true, true } }));
        Near([0, 0, 0, 5, 5, 5], seen);
        seen.sum().backward();
        Assert.All(x.grad!.data<float>().ToArray(), g => Assert.Equal(2.5f, g, 1e-5f));
    }

    [Fact]
    public void DropoutScalesWhatItKeepsAndFollowsTheGlobalSeed()
    {
        manual_seed(4);
        var first = Values(F.dropout(ones(1000), 0.25, training: true));
        manual_seed(4);
        Assert.Equal(first, Values(F.dropout(ones(1000), 0.25, training: true)));
        Assert.All(first, value => Assert.True(value == 0 || Math.Abs(value - 4.0 / 3) < 1e-6));
        Assert.InRange(first.Count(value => value == 0), 180, 320);
        Assert.Equal([1.0, 1.0], Values(F.dropout(ones(2), 0.25, training: false)));
    }

    [Fact]
    public void TheRowOfPaddingGetsNoGradient()
    {
        using var embedding = nn.Embedding(3, 2, padding_idx: 1);
        embedding.call(tensor(new long[] { 0, 1, 1, 2 })).sum().backward();
        Assert.Equal([1.0, 1, 0, 0, 1, 1], Values(embedding.weight!.grad!));
        Assert.Equal([0.0, 0], Values(embedding.weight[1]));
    }

    public static TheoryData<string> Differentiable => ["linear", "layer_norm", "gelu", "gelu_tanh", "silu", "softmax", "cross_entropy", "kl_div", "attention", "normalize", "cosine"];

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void GradientsAgreeWithDifferences(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        Tensor Draw(params long[] shape) => randn(shape, dtype: ScalarType.Float64, generator: generator);
        var (weight, bias, other, classes) = (Draw(5, 4), Draw(5), Draw(3, 4), tensor(new long[] { 1, 3, 0 }));
        var scale = Draw(4);
        Func<Tensor, Tensor> function = name switch
        {
            "linear" => x => F.linear(x, weight, bias).pow(2).sum(),
            "layer_norm" => x => (F.layer_norm(x, [4], scale, scale) * other).sum(),
            "gelu" => x => (F.gelu(x) * other).sum(),
            "gelu_tanh" => x => (F.gelu(x, GELU.Approximate.tanh) * other).sum(),
            "silu" => x => (F.silu(x) * other).sum(),
            "softmax" => x => (F.softmax(x, -1) * other).sum(),
            "cross_entropy" => x => F.cross_entropy(x, classes, label_smoothing: 0.2),
            "kl_div" => x => F.kl_div(F.log_softmax(x, -1), F.log_softmax(other, -1), reduction: nn.Reduction.Sum),
            "attention" => x => (F.scaled_dot_product_attention(x, other, x) * other).sum(),
            "normalize" => x => (F.normalize(x, dim: -1) * other).sum(),
            "cosine" => x => F.cosine_similarity(x, other).sum(),
            _ => throw new ArgumentException($"no such function: {name}"),
        };

        var at = Draw(3, 4);
        using var leaf = at.clone().requires_grad_();
        function(leaf).backward();
        var gradient = Values(leaf.grad!);
        const double h = 1e-6;
        for (int i = 0; i < 12; i++)
        {
            double Moved(double by)
            {
                using var shift = zeros(12, dtype: ScalarType.Float64);
                shift[i] = tensor(by, dtype: ScalarType.Float64);
                return function(at + shift.view(3, 4)).ToDouble();
            }
            Assert.Equal((Moved(h) - Moved(-h)) / (2 * h), gradient[i], 1e-6);
        }
    }
}
