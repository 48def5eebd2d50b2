using ResearchKit.Losses;
using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class DecoderTests
{
    private static readonly int[][] s_rows = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10]];

    [Fact]
    public void ParametersBearHuggingFacesNames()
    {
        using var model = new Gpt2(Tiny.Gpt2 with { Layers = 1 }, seed: 1);
        const string layer = "transformer.h.0.";
        string[] maps = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj", "ln_1", "ln_2"];
        string[] expected =
        [
            "transformer.wte.weight", "transformer.wpe.weight", "transformer.ln_f.weight", "transformer.ln_f.bias",
            .. maps.SelectMany(m => (string[])[layer + m + ".weight", layer + m + ".bias"]),
        ];
        Assert.Equal(expected.Order(), model.named_parameters().Select(p => p.name).Order());
        Assert.Equal([8, 24], model.get_parameter(layer + "attn.c_attn.weight")!.shape); // [in, out]
        Assert.Equal(13 * 8 + 24 * 8 + 2 * 8 + (8 * 24 + 24) + (8 * 8 + 8) + (8 * 32 + 32) + (32 * 8 + 8) + 4 * 8, model.ParameterCount); // the tied head once
    }

    [Fact]
    public void TheFutureDoesNotMatter()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var one = Tiny.Rows([[1, 2, 3, 4, 5]]);
        using var other = Tiny.Rows([[1, 2, 3, 11, 12]]);
        var a = model.Forward(one, Observe.Attention);
        var b = model.Forward(other);
        Assert.InRange(Tiny.Distance(a.Logits.narrow(1, 0, 3), b.Logits.narrow(1, 0, 3)), 0, 1e-13);
        Assert.True(Tiny.Distance(a.Logits.narrow(1, 3, 2), b.Logits.narrow(1, 3, 2)) > 1e-3);
        Assert.Equal(0.0, a.Attention[0].triu(1).abs().sum().ToDouble());
    }

    [Theory]
    [InlineData(false, 5, 0)]
    [InlineData(false, 9, 12)]
    [InlineData(true, 5, 0)]
    [InlineData(true, 9, 12)]
    public void PaddingOnEitherSideChangesNothing(bool left, int width, int padding)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var batch = Tiny.Rows(s_rows, width, padding, left);
        var together = model.Forward(batch).Logits;
        Assert.False(together.isnan().any().item<bool>());
        for (int row = 0; row < s_rows.Length; row++)
        {
            int length = s_rows[row].Length;
            using var single = Tiny.Rows([s_rows[row]]);
            Assert.InRange(Tiny.Distance(together[row].narrow(0, left ? width - length : 0, length), model.Forward(single).Logits[0]), 0, 1e-12);
        }
    }

    [Fact]
    public void HalfPrecisionIsCloseWithPaddingToo()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2, ScalarType.Float32);
        using var half = Tiny.Make<Gpt2>(Tiny.Gpt2, ScalarType.BFloat16);
        using var batch = Tiny.Rows(s_rows, 8, left: true); // the first positions see nothing at all
        var logits = half.Forward(batch).Logits;
        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        Assert.InRange(Tiny.Distance(logits * batch.Mask.unsqueeze(-1), model.Forward(batch).Logits * batch.Mask.unsqueeze(-1)), 1e-6, 0.25);
    }

    [Fact]
    public void EmbeddingHandedInIsTheForwardPass()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2, ScalarType.Float32);
        using var batch = Tiny.Rows(s_rows, left: true);
        var handed = model.Embed(batch);
        Assert.Equal(0, Tiny.Distance(model.Forward(batch).Logits, model.Forward(batch, embedding: handed).Logits));
        Assert.False(handed.IsInvalid);
        Assert.Throws<ArgumentException>(() => model.Forward(batch, embedding: zeros(3, 6, 8)));
    }

    [Fact]
    public void TheHeadIsTheWordTable()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        using var batch = Tiny.Rows([[1, 2]]);
        var before = model.Forward(batch, Observe.Embedding);
        using (no_grad()) model.get_parameter("transformer.wte.weight")![5].narrow(0, 0, 3).add_(1); // a token that is not read, only predicted
        var after = model.Forward(batch, Observe.Embedding);
        Assert.Equal(0, Tiny.Distance(before.Embedding!, after.Embedding!));
        var moved = (after.Logits - before.Logits).abs().sum([0, 1]);
        Assert.True(moved[5].ToDouble() > 1e-3);
        Assert.InRange(moved.sum().ToDouble() - moved[5].ToDouble(), 0, 1e-12);
    }

    [Fact]
    public void ResidualMapsStartSmaller()
    {
        var config = Tiny.Gpt2 with { Width = 64, Layers = 8, VocabularySize = 400 };
        using var scope = NewDisposeScope();
        using var model = new Gpt2(config, seed: 1);
        double Spread(string name) => model.get_parameter(name)!.std().ToDouble();
        Assert.InRange(Spread("transformer.wte.weight"), 0.0195, 0.0205);
        Assert.InRange(Spread("transformer.h.3.mlp.c_fc.weight"), 0.0195, 0.0205);
        Assert.InRange(Spread("transformer.h.3.mlp.c_proj.weight"), 0.0195 / 4, 0.0205 / 4); // √(2·8) = 4
        Assert.Equal(0.0, model.get_parameter("transformer.h.3.mlp.c_proj.bias")!.abs().sum().ToDouble());
        Assert.Equal(64.0, model.get_parameter("transformer.ln_f.weight")!.sum().ToDouble());
    }

    [Fact]
    public void EveryDropoutCanBeSwitchedOffAlone()
    {
        var off = (Gpt2Config)Tiny.Gpt2.WithoutDropout();
        using var scope = NewDisposeScope();
        using var batch = Tiny.Rows(s_rows);
        using var silent = new Gpt2(off with { InitializerRange = 0.4 }, seed: 3);
        var expected = silent.Forward(batch).Logits;
        foreach (var config in (Gpt2Config[])[off with { EmbeddingDropout = 0.5 }, off with { AttentionDropout = 0.5 }, off with { ResidualDropout = 0.5 }])
        {
            using var model = new Gpt2(config with { InitializerRange = 0.4 }, seed: 3);
            Assert.True(Tiny.Distance(model.Forward(batch).Logits, expected) > 1e-4);
            model.eval();
            Assert.Equal(0, Tiny.Distance(model.Forward(batch).Logits, expected));
        }
    }

    /// <summary>
    /// The label shift, proved: rows repeat their first half, so every token of the second half is known from what was read, and
    /// the loss there goes to nothing. With labels shifted once too often or not at all, that cannot happen: unshifted labels
    /// train the model to repeat the token it reads, and the continuation it then writes is wrong.
    /// </summary>
    [Fact]
    public void ACopyIsLearntAndWritten()
    {
        const int half = 5, symbols = 10;
        var random = new Random(1);
        using var scope = NewDisposeScope();
        using var model = new Gpt2((Gpt2Config)new Gpt2Config { VocabularySize = symbols, Width = 32, Layers = 2, Heads = 2, MaxLength = 2 * half }.WithoutDropout(), seed: 1);
        var parameters = model.parameters().ToArray();
        using var optimizer = optim.AdamW(parameters, lr: 3e-3);
        double loss = double.NaN;
        for (int step = 0; step < 400; step++)
        {
            using var inner = NewDisposeScope();
            var rows = Enumerable.Range(0, 32).Select(_ => Copy(random)).ToArray();
            using var batch = new Batch(tensor(rows.SelectMany(r => r.Select(i => (long)i)).ToArray(), [32, 2 * half]), [.. rows.Select(r => (long)r.Length)],
                targets: tensor(rows.SelectMany(r => Batch.NextTokenTargets(r, scoredFrom: half)).ToArray(), [32, 2 * half]));
            optimizer.zero_grad();
            var value = CrossEntropy.Mean(model.Forward(batch).Logits, batch.Targets!);
            value.backward();
            optimizer.step();
            loss = value.ToDouble();
        }
        Assert.InRange(loss, 0, 0.05);

        var prompts = Enumerable.Range(0, 20).Select(_ => Copy(random)[..half]).ToArray();
        var written = Generation.Generate(model, prompts, new GenerationOptions { MaxNewTokens = half, Greedy = true });
        int right = prompts.Zip(written).Count(p => p.First.SequenceEqual(p.Second.Tokens));
        Assert.InRange(right, 19, 20);

        static int[] Copy(Random random)
        {
            var part = Enumerable.Range(0, half).Select(_ => random.Next(symbols)).ToArray();
            return [.. part, .. part];
        }
    }
}
