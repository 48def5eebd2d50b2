using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class EncoderTests
{
    private static readonly int[][] s_rows = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10]];

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("distilbert")]
    public void TheLastLayerOfAClassifierIsComputedForTheFirstTokenAloneUnlessSomeoneLooks(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.All[name]);
        using var batch = Tiny.Rows([[1, 2, 3, 4], [5, 6]]);
        Tensor[] Gradients(Observe observe)
        {
            model.zero_grad();
            model.Forward(batch, observe).Logits.square().sum().backward();
            return [.. model.parameters().Select(p => p.grad!.clone())];
        }
        var whole = model.Forward(batch, Observe.Hidden);
        foreach (var observe in new[] { Observe.None, Observe.LowerHidden, Observe.Embedding })
        {
            var some = model.Forward(batch, observe);
            Assert.InRange(Tiny.Distance(whole.Logits, some.Logits), 0, 1e-12);
            Assert.Equal(observe == Observe.LowerHidden ? 2 : 0, some.Hidden.Count);
            for (int k = 0; k < some.Hidden.Count; k++) Assert.InRange(Tiny.Distance(whole.Hidden[k], some.Hidden[k]), 0, 1e-12);
            foreach (var (a, b) in Gradients(Observe.Hidden).Zip(Gradients(observe))) Assert.InRange(Tiny.Distance(a, b), 0, 1e-12);
        }
        model.train();
        Assert.Equal(0, Tiny.Distance(whole.Hidden[^1].select(1, 0), model.Forward(batch, Observe.Hidden).Hidden[^1].select(1, 0)));
    }

    [Fact]
    public void ParametersBearHuggingFacesNames()
    {
        using var model = new Bert(Tiny.Bert with { Layers = 1 }, seed: 1);
        const string layer = "bert.encoder.layer.0.";
        string[] expected =
        [
            "bert.embeddings.word_embeddings.weight", "bert.embeddings.position_embeddings.weight", "bert.embeddings.token_type_embeddings.weight",
            "bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.bias",
            layer + "attention.self.query.weight", layer + "attention.self.query.bias", layer + "attention.self.key.weight", layer + "attention.self.key.bias",
            layer + "attention.self.value.weight", layer + "attention.self.value.bias", layer + "attention.output.dense.weight", layer + "attention.output.dense.bias",
            layer + "attention.output.LayerNorm.weight", layer + "attention.output.LayerNorm.bias", layer + "intermediate.dense.weight", layer + "intermediate.dense.bias",
            layer + "output.dense.weight", layer + "output.dense.bias", layer + "output.LayerNorm.weight", layer + "output.LayerNorm.bias",
            "bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias",
        ];
        Assert.Equal(expected.Order(), model.named_parameters().Select(p => p.name).Order());
        Assert.Equal(expected.Order(), model.state_dict().Keys.Order());
        Assert.Equal([12, 8], model.get_parameter(layer + "intermediate.dense.weight")!.shape);
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(7, 12)]
    [InlineData(10, 5)]
    public void PaddingChangesNothing(int width, int padding)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using var wide = Tiny.Rows(s_rows, width, padding);
        var together = model.Forward(wide, Observe.Attention);
        for (int row = 0; row < s_rows.Length; row++)
        {
            using var single = Tiny.Rows([s_rows[row]]);
            Assert.True(single.IsFull); // this one goes without a mask
            Assert.InRange(Tiny.Distance(together.Logits[row], model.Forward(single).Logits[0]), 0, 1e-12);
            var attention = together.Attention[1][row]; // [H, T, T]
            Assert.Equal(0.0, attention.narrow(-1, s_rows[row].Length, width - s_rows[row].Length).abs().sum().ToDouble());
            Assert.InRange(Tiny.Distance(attention.sum(-1), ones(2, width)), 0, 1e-12);
        }
    }

    [Fact]
    public void ConfidenceHasNoGradientAtPadding()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert, ScalarType.Float32);
        using var batch = Tiny.Rows(s_rows, 8);
        var embedding = model.Embed(batch).detach().requires_grad_();
        var confidence = model.Forward(batch, embedding: embedding).Logits.softmax(-1).amax([-1]).sum();
        var gradient = autograd.grad([confidence], [embedding])[0].abs().sum(-1);
        Assert.Equal(0.0, gradient.masked_fill(batch.Mask, 0).sum().ToDouble());
        Assert.True(gradient.masked_fill(batch.Mask.logical_not(), 1).gt(0).all().item<bool>());
    }

    [Fact]
    public void EmbeddingHandedInIsTheForwardPass()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert, ScalarType.Float32);
        using var batch = Tiny.Rows(s_rows);
        var plain = model.Forward(batch, Observe.Embedding | Observe.Hidden);
        var handed = model.Embed(batch);
        var output = model.Forward(batch, Observe.Embedding | Observe.Hidden, handed);
        Assert.Equal(0, Tiny.Distance(plain.Embedding!, handed));
        Assert.Equal(0, Tiny.Distance(plain.Logits, output.Logits));
        Assert.Same(handed, output.Embedding);
        Assert.Same(handed, output.Hidden[0]);
        Assert.False(handed.IsInvalid);
        Assert.Throws<ArgumentException>(() => model.Forward(batch, embedding: zeros(3, 5, 9)));
    }

    [Fact]
    public void SegmentsMatterAndNoSegmentsAreZeroes()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using var none = Tiny.Rows([[1, 2, 3]]);
        using var zero = Tiny.Rows([[1, 2, 3]], segments: [[0, 0, 0]]);
        using var pair = Tiny.Rows([[1, 2, 3]], segments: [[0, 1, 1]]);
        using var third = Tiny.Rows([[1, 2, 3]], segments: [[0, 1, 2]]);
        Assert.InRange(Tiny.Distance(model.Forward(none).Logits, model.Forward(zero).Logits), 0, 1e-13);
        Assert.True(Tiny.Distance(model.Forward(none).Logits, model.Forward(pair).Logits) > 1e-3);
        Assert.Contains("Segment 2 is outside", Assert.Throws<KitException>(() => model.Forward(third)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MatricesAreTheOutputsOfEveryLinearMap()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert);
        using var batch = Tiny.Rows(s_rows);
        var output = model.Forward(batch, Observe.Matrices | Observe.Hidden);
        var state = model.state_dict();
        Tensor Map(Tensor x, string name) => nn.functional.linear(x, state[name + ".weight"], state[name + ".bias"]);
        Assert.Equal(2, output.Matrices.Count);
        var second = output.Matrices[1];
        Assert.Equal(["down", "key", "output", "query", "up", "value"], second.Keys.Order());
        foreach (var name in (string[])["query", "key", "value"])
            Assert.InRange(Tiny.Distance(second[name], Map(output.Hidden[1], "bert.encoder.layer.1.attention.self." + name)), 0, 1e-12);
        Assert.InRange(Tiny.Distance(second["down"], Map(nn.functional.gelu(second["up"]), "bert.encoder.layer.1.output.dense")), 0, 1e-12);
        Assert.Equal([3, 5, 12], second["up"].shape);
    }

    [Fact]
    public void EveryDropoutCanBeSwitchedOffAlone()
    {
        var off = (BertConfig)Tiny.Bert.WithoutDropout();
        BertConfig[] alone =
        [
            off with { HiddenDropout = 0.5, ClassifierDropout = 0, EmbeddingDropout = 0 }, off with { AttentionDropout = 0.5 },
            off with { ClassifierDropout = 0.5 }, off with { EmbeddingDropout = 0.5 },
        ];
        using var scope = NewDisposeScope();
        using var batch = Tiny.Rows(s_rows);
        using var silent = new Bert(off with { InitializerRange = 0.4 }, seed: 3);
        var expected = silent.Forward(batch).Logits;
        Assert.True(silent.training); // silent in training, by its configuration
        foreach (var config in alone)
        {
            using var model = new Bert(config with { InitializerRange = 0.4 }, seed: 3);
            Assert.True(Tiny.Distance(model.Forward(batch).Logits, expected) > 1e-4);
            model.eval();
            Assert.Equal(0, Tiny.Distance(model.Forward(batch).Logits, expected));
        }
    }

    [Fact]
    public void HalfPrecisionIsCloseWithPaddingToo()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Bert>(Tiny.Bert, ScalarType.Float32);
        using var half = Tiny.Make<Bert>(Tiny.Bert, ScalarType.BFloat16);
        using var batch = Tiny.Rows(s_rows, 8);
        var logits = half.Forward(batch).Logits;
        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        Assert.InRange(Tiny.Distance(logits, model.Forward(batch).Logits), 1e-6, 0.1);
    }

    [Fact]
    public void RowsThatDoNotFitAreRefused()
    {
        using var scope = NewDisposeScope();
        using var model = new Bert(Tiny.Bert, seed: 1);
        using var longRow = Tiny.Rows([[.. Enumerable.Repeat(1, 11)]]);
        using var foreign = Tiny.Rows([[1, 13]]);
        using var negative = Tiny.Rows([[1, -1]]);
        Assert.Contains("11 tokens", Assert.Throws<KitException>(() => model.Forward(longRow)).Message, StringComparison.Ordinal);
        Assert.Contains("Token id 13", Assert.Throws<KitException>(() => model.Forward(foreign)).Message, StringComparison.Ordinal);
        Assert.Contains("Token id -1", Assert.Throws<KitException>(() => model.Forward(negative)).Message, StringComparison.Ordinal);
    }
}
