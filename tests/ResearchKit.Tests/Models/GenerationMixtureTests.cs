using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>Text that two models write together, each token from a mixture of their distributions.</summary>
public class GenerationMixtureTests
{
    private static readonly int[][] s_prompts = [[3, 1, 4], [5], [9, 2]];

    private static Decoder Model(long seed, Gpt2Config? shape = null) =>
        (Decoder)ModelFactory.Create((shape ?? Tiny.Gpt2).WithoutDropout() with { InitializerRange = 0.5 }, seed, type: ScalarType.Float64);

    private static int[][] Mixed(Decoder model, Decoder other, double share, GenerationOptions options, ulong seed = 5)
    {
        using var sampling = new Generator(seed);
        return [.. Generation.Generate(model, other, share, s_prompts, options, sampling).Select(c => c.Tokens)];
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(0.7, true)]
    [InlineData(1.3, false)]
    public void WithAllOfOneShareItIsThatModel(double temperature, bool cached)
    {
        using var scope = NewDisposeScope();
        using Decoder model = Model(1), other = Model(2);
        var options = new GenerationOptions { MaxNewTokens = 8, Temperature = temperature, UseCache = cached };
        int[][] Alone(Decoder one)
        {
            using var sampling = new Generator(5);
            return [.. Generation.Generate(one, s_prompts, options, sampling).Select(c => c.Tokens)];
        }
        Assert.Equal(Alone(model), Mixed(model, other, 0, options));
        Assert.Equal(Alone(other), Mixed(model, other, 1, options));
        Assert.NotEqual(Alone(model), Alone(other));
    }

    [Fact]
    public void TheCacheAndTheOrderOfTheTwoChangeNothing()
    {
        using var scope = NewDisposeScope();
        using Decoder model = Model(1), other = Model(2, Tiny.Gpt2 with { Layers = 3, Width = 12, Heads = 3 });
        var options = new GenerationOptions { MaxNewTokens = 10, EndId = 7 };
        var expected = Mixed(model, other, 0.3, options);
        Assert.Equal(expected, Mixed(model, other, 0.3, options with { UseCache = false }));
        Assert.Equal(expected, Mixed(other, model, 0.7, options));
        Assert.Equal(Mixed(model, other, 0.3, options with { Greedy = true }), Mixed(model, other, 0.3, options with { Greedy = true, UseCache = false }));
    }

    [Fact]
    public void TokensComeAsOftenAsTheMixtureSays()
    {
        using var scope = NewDisposeScope();
        using Decoder model = Model(1), other = Model(2);
        const int count = 4000;
        int[][] prompts = [.. Enumerable.Repeat(s_prompts[0], count)];
        using var sampling = new Generator(11);
        var seen = Generation.Generate(model, other, 0.4, prompts, new GenerationOptions { MaxNewTokens = 1, Temperature = 1.5 }, sampling).CountBy(c => c.Tokens[0]).ToDictionary();
        double[] P(Decoder one)
        {
            using var batch = Tiny.Rows([s_prompts[0]]);
            return (one.Forward(batch).Logits[0][s_prompts[0].Length - 1] / 1.5).softmax(-1).data<double>().ToArray();
        }
        foreach (var (token, p) in P(other).Zip(P(model), (a, b) => (0.4 * a) + (0.6 * b)).Index())
            Assert.True(Math.Abs(seen.GetValueOrDefault(token) - (count * p)) <= 4.5 * Math.Sqrt(count * p * (1 - p)) + 1, $"token {token} came {seen.GetValueOrDefault(token)} times for a probability of {p:F4}");
    }

    [Fact]
    public void TheShorterModelsPositionsEndTheText()
    {
        using var scope = NewDisposeScope();
        using Decoder model = Model(1), other = Model(2, Tiny.Gpt2 with { MaxLength = 6 });
        // A prompt of n tokens has room for 6 − n more and the one that no position has to read.
        Assert.Equal([4, 6, 5], Mixed(model, other, 0.5, new GenerationOptions { MaxNewTokens = 50 }).Select(t => t.Length));
    }
}
