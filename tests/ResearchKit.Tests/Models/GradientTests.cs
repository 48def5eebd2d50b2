using ResearchKit.Losses;
using ResearchKit.Models;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>Derivatives of the building blocks and of whole models, first and second order, against finite differences in float64.</summary>
public class GradientTests
{
    public static TheoryData<string> Blocks => ["embedding", "layer norm", "gelu", "gelu tanh", "softmax", "attention", "causal attention"];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void BlocksHaveTheDerivativesTheyShould(string name)
    {
        using var scope = NewDisposeScope();
        var (f, leaves) = Block(name);
        GradientCheck.First(f, leaves);
        GradientCheck.Second(f, leaves);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EncoderThroughItsLossAndAtItsEmbedding(bool second)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6]], segments: [[0, 0, 1, 1], [0, 1]]);
        using var labels = tensor(new long[] { 2, 0 });
        var embedding = model.Embed(batch).detach().requires_grad_();
        Tensor[] weights = [embedding, .. Named(model, "encoder.layer.0.attention.self.query.weight", "encoder.layer.1.intermediate.dense.weight", "encoder.layer.0.output.LayerNorm.weight", "classifier.bias")];
        Tensor Loss() => CrossEntropy.Mean(model.Forward(batch, embedding: embedding).Logits, labels);
        if (second) GradientCheck.Second(Loss, weights);
        else GradientCheck.First(Loss, [.. weights]);
        if (!second) GradientCheck.First(() => CrossEntropy.Mean(model.Forward(batch).Logits, labels), [.. model.parameters()]);
    }

    [Theory]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    [InlineData("opt", false)]
    [InlineData("opt", true)]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    public void DecoderThroughItsLossAndAtItsEmbedding(string name, bool left)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Decoder(name);
        using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6]], left: left);
        var targets = tensor(new long[] { 2, 3, 4, Batch.Ignored, left ? Batch.Ignored : 6, Batch.Ignored, left ? 6 : Batch.Ignored, Batch.Ignored }, [2, 4]);
        var embedding = model.Embed(batch).detach().requires_grad_();
        Tensor Loss() => CrossEntropy.Mean(model.Forward(batch, embedding: embedding).Logits, targets);
        Tensor[] weights = [embedding, .. Named(model, name switch
        {
            "gpt2" => ["h.0.attn.c_attn.weight", "h.1.mlp.c_fc.weight", "wte.weight"],
            "opt" => ["layers.0.self_attn.k_proj.weight", "layers.1.fc1.weight", "project_out.weight"],
            _ => ["layers.0.self_attn.k_proj.weight", "layers.1.mlp.gate_proj.weight", "layers.1.input_layernorm.weight"],
        })];
        GradientCheck.First(Loss, weights);
        GradientCheck.Second(Loss, weights);
        GradientCheck.First(() => CrossEntropy.Mean(model.Forward(batch).Logits, targets), [.. model.parameters()]);
    }

    [Fact]
    public void TheCheckFindsAWrongDerivative()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new double[] { 0.3, -0.7 }).requires_grad_();
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => GradientCheck.First(() => (x * x.detach()).sum(), x)); // half of it is hidden from autograd
    }

    private static IEnumerable<Tensor> Named(LanguageModel model, params string[] endings) =>
        endings.Select(e => (Tensor)model.named_parameters().Single(p => p.name.EndsWith(e, StringComparison.Ordinal)).parameter);

    private static (Func<Tensor>, Tensor[]) Block(string name)
    {
        using var generator = new Generator(5);
        Tensor Leaf(params long[] shape) => randn(shape, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        var weigh = randn(2, 3, 4, dtype: ScalarType.Float64, generator: generator); // no function is judged by its plain sum
        switch (name)
        {
            case "embedding":
                var table = new Table(5, 4, CPU, ScalarType.Float64);
                using (no_grad()) table.weight.copy_(randn(5, 4, dtype: ScalarType.Float64, generator: generator));
                var ids = tensor(new long[] { 0, 3, 3, 1, 4, 0 }, [2, 3]); // twice the same row: gradients add up
                return (() => (table.call(ids).pow(3) * weigh).sum(), [table.weight]);
            case "layer norm":
                Tensor x = Leaf(2, 3, 4), scale = Leaf(4), shift = Leaf(4);
                return (() => (nn.functional.layer_norm(x, [4], scale, shift, 1e-12).pow(2) * weigh).sum(), [x, scale, shift]);
            case "gelu" or "gelu tanh":
                var activation = name == "gelu" ? Activation.Gelu : Activation.GeluTanh;
                var g = Leaf(2, 3, 4);
                return (() => (activation.Apply(g) * weigh).sum(), [g]);
            case "softmax":
                var s = Leaf(2, 3, 4);
                return (() => (s.softmax(-1) * weigh).sum(), [s]);
            default:
                Tensor q = Leaf(2, 2, 3, 2), k = Leaf(2, 2, 3, 2), v = Leaf(2, 2, 3, 2);
                double no = Attention.Hidden(ScalarType.Float64);
                var mask = name == "attention"
                    ? tensor(new double[] { 0, 0, 0, 0, 0, no }, [2, 1, 1, 3])
                    : tensor(new double[] { 0, no, no, 0, 0, no, 0, 0, 0 }, [3, 3]);
                return (() => (Attention.Merge(Attention.Attend(q, k, v, new Pass { Seen = new Observer(Observe.None), Mask = mask })) * weigh).sum(), [q, k, v]);
        }
    }
}
