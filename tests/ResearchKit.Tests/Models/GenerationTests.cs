using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

public class GenerationTests
{
    private static readonly int[][] s_prompts = [[1, 2, 3, 4, 5], [6], [8, 9, 10], [1, 2, 3, 4, 5]];

    public static TheoryData<string, string> Ways
    {
        get
        {
            var ways = new TheoryData<string, string>();
            foreach (var name in (string[])["gpt2", "opt", "llama"])
                foreach (var way in (string[])["greedy", "plain", "temperature", "top-k", "top-p", "both"]) ways.Add(name, way);
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void TheCacheChangesNothing(string name, string way)
    {
        using var model = Tiny.Decoder(name);
        var options = Options(way, 12);
        var with = Run(model, s_prompts, options);
        var without = Run(model, s_prompts, options with { UseCache = false });
        Assert.Equal(without.Select(c => c.Tokens), with.Select(c => c.Tokens));
        Assert.All(with, c => Assert.Equal(12, c.Tokens.Length));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    public void CompanyChangesNothing(string name)
    {
        using var model = Tiny.Decoder(name);
        var together = Run(model, s_prompts, Options("greedy", 12));
        for (int row = 0; row < s_prompts.Length; row++)
            Assert.Equal(together[row].Tokens, Run(model, [s_prompts[row]], Options("greedy", 12))[0].Tokens);
        var sampled = Run(model, s_prompts, Options("plain", 12));
        Assert.Equal(sampled[0].Tokens, Run(model, [s_prompts[0]], Options("plain", 12))[0].Tokens); // the first row meets the same chance
        Assert.NotEqual(sampled[0].Tokens, sampled[3].Tokens);                                       // and its twin another
    }

    [Fact]
    public void EachTokenIsTheLikeliestOfAPlainForward()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        var text = s_prompts[0].ToList();
        foreach (int token in Run(model, [s_prompts[0]], Options("greedy", 10))[0].Tokens)
        {
            using var batch = Tiny.Rows([[.. text]]);
            Assert.Equal(model.Forward(batch).Logits[0, text.Count - 1].argmax().ToInt64(), token);
            text.Add(token);
        }
    }

    [Fact]
    public void SeedsAreTexts()
    {
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        var options = Options("plain", 16);
        Assert.Equal(Run(model, s_prompts, options, 5).Select(c => c.Tokens), Run(model, s_prompts, options, 5).Select(c => c.Tokens));
        Assert.NotEqual(Run(model, s_prompts, options, 5)[0].Tokens, Run(model, s_prompts, options, 6)[0].Tokens);
        Assert.Equal(Run(model, s_prompts, Options("greedy", 16))[0].Tokens, Run(model, s_prompts, options with { TopK = 1 })[0].Tokens);
        Assert.Equal(Run(model, s_prompts, Options("greedy", 16))[0].Tokens, Run(model, s_prompts, options with { TopP = 1e-9 })[0].Tokens);
        Assert.Equal(Run(model, s_prompts, Options("greedy", 16))[0].Tokens, Run(model, s_prompts, options with { Temperature = 1e-6 })[0].Tokens);
    }

    [Fact]
    public void ARowEndsAtItsEndToken()
    {
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        var free = Run(model, s_prompts, Options("greedy", 12));
        int end = free[0].Tokens[4];
        var ended = Run(model, s_prompts, Options("greedy", 12) with { EndId = end });
        for (int row = 0; row < s_prompts.Length; row++)
        {
            int at = Array.IndexOf(free[row].Tokens, end);
            Assert.Equal(at >= 0, ended[row].Ended);
            Assert.Equal(at >= 0 ? free[row].Tokens[..(at + 1)] : free[row].Tokens, ended[row].Tokens);
        }
        Assert.True(ended[0].Ended);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("llama")]
    public void ARowEndsWhereTheModelsPositionsEnd(string name)
    {
        using var model = Tiny.Decoder(name);
        int positions = model.Config.MaxLength;
        int[][] prompts = [[1, 2, 3], [.. Enumerable.Range(0, positions).Select(i => i % 13)], [.. Enumerable.Range(1, positions - 4).Select(i => i % 13)]];
        foreach (bool cached in (bool[])[true, false])
        {
            var options = Options("greedy", 1000) with { UseCache = cached };
            var together = Run(model, prompts, options);
            Assert.Equal([positions - 2, 1, 5], together.Select(c => c.Tokens.Length)); // the last token is chosen and never read
            for (int row = 0; row < prompts.Length; row++) Assert.Equal(Run(model, [prompts[row]], options)[0].Tokens, together[row].Tokens);
        }
    }

    [Fact]
    public void SeveralTokensMayEndARow()
    {
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        var free = Run(model, [s_prompts[0]], Options("plain", 12))[0].Tokens;
        int[] two = [.. free.Distinct().Skip(1).Take(2)];
        int first = Array.FindIndex(free, two.Contains);
        var ended = Run(model, [s_prompts[0]], Options("plain", 12) with { EndId = two[1], OtherEndIds = [two[0]] })[0];
        Assert.Equal(free[..(first + 1)], ended.Tokens);
        Assert.True(ended.Ended);
    }

    [Fact]
    public void GenerationNeedsNoGradientAndLeavesTheModelAsItWas()
    {
        using var model = new Gpt2(Tiny.Gpt2 with { InitializerRange = 0.4 }, seed: 3); // with dropout
        model.train();
        var once = Run(model, s_prompts, Options("greedy", 8));
        Assert.True(model.training);
        model.eval();
        Assert.Equal(once.Select(c => c.Tokens), Run(model, s_prompts, Options("greedy", 8)).Select(c => c.Tokens));
        Assert.False(model.training);
        Assert.All(model.parameters(), p => Assert.Null(p.grad));
    }

    [Fact]
    public void FrequenciesAreTheProbabilities()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 1, 3, -2, 2, 0 }).unsqueeze(0);
        using var generator = new Generator(7);
        var many = logits.expand(20000, 5);
        double[] Frequencies(GenerationOptions options) => [.. Enumerable.Range(0, 5).Select(
            i => Sampler.Choose(many, options, rand([20000], dtype: ScalarType.Float64, generator: generator)).eq(i).to(ScalarType.Float64).mean().ToDouble())];
        void Near(double[] expected, GenerationOptions options)
        {
            var seen = Frequencies(options);
            for (int i = 0; i < 5; i++)
            {
                Assert.InRange(seen[i], expected[i] - 0.015, expected[i] + 0.015);
                if (expected[i] == 0) Assert.Equal(0, seen[i]);
            }
        }
        double[] Softmax(params double[] z) => [.. z.Select(v => Math.Exp(v) / z.Sum(Math.Exp))];
        const double no = double.NegativeInfinity;
        Near(Softmax(1, 3, -2, 2, 0), Options("plain", 1));
        Near(Softmax(0.5, 1.5, -1, 1, 0), Options("plain", 1) with { Temperature = 2 });
        Near(Softmax(1, 3, no, 2, no), Options("plain", 1) with { TopK = 3 });
        Near(Softmax(no, 3, no, 2, no), Options("plain", 1) with { TopP = 0.8 });      // 0.64 and 0.24: the second passes 0.8
        Near(Softmax(no, 3, no, no, no), Options("plain", 1) with { TopP = 0.6 });
        Near(Softmax(no, 3, no, 2, no), Options("plain", 1) with { TopK = 3, TopP = 0.8 });
    }

    [Fact]
    public void ChanceAtItsEdgesFindsATokenThatMayBe()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { -1e4f, 0, 0, -1e4f }).unsqueeze(0).expand(2, 4);
        var chance = tensor(new double[] { 0, Math.BitDecrement(1.0) });
        var chosen = Sampler.Choose(logits, Options("plain", 1), chance);
        Assert.Equal([1L, 2L], chosen.data<long>().ToArray());
    }

    [Fact]
    public void WhatCannotBeIsRefused()
    {
        using var model = Tiny.Make<Gpt2>(Tiny.Gpt2);
        var fine = Options("greedy", 4);
        void Refused(string says, int[][] prompts, GenerationOptions options) =>
            Assert.Contains(says, Assert.Throws<KitException>(() => Run(model, prompts, options)).Message, StringComparison.Ordinal);
        Refused("Shorten the prompt", [[.. Enumerable.Repeat(1, 25)]], fine);
        Refused("prompt is empty", [[1], []], fine);
        Refused("Token id 13", [[13]], fine);
        Refused("temperature", s_prompts, fine with { Temperature = 0 });
        Refused("Top-p", s_prompts, fine with { TopP = 0 });
        Refused("Top-k", s_prompts, fine with { TopK = -1 });
        Refused("tokens to generate", s_prompts, fine with { MaxNewTokens = 0 });
        Assert.Empty(Run(model, [], fine));
    }

    private static GenerationOptions Options(string way, int tokens)
    {
        var plain = new GenerationOptions { MaxNewTokens = tokens };
        return way switch
        {
            "greedy" => plain with { Greedy = true },
            "temperature" => plain with { Temperature = 0.7 },
            "top-k" => plain with { TopK = 4 },
            "top-p" => plain with { TopP = 0.8 },
            "both" => plain with { TopK = 6, TopP = 0.9 },
            _ => plain,
        };
    }

    private static IReadOnlyList<Continuation> Run(Decoder model, int[][] prompts, GenerationOptions options, ulong seed = 9)
    {
        using var generator = new Generator(seed);
        return Generation.Generate(model, prompts, options, generator);
    }
}
