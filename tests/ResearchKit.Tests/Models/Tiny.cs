using ResearchKit.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace ResearchKit.Tests.Models;

/// <summary>Models and batches small enough to be checked element by element.</summary>
internal static class Tiny
{
    public static readonly BertConfig Bert = new()
    {
        VocabularySize = 13,
        Width = 8,
        Layers = 2,
        Heads = 2,
        Inner = 12,
        MaxLength = 10,
        Labels = BertConfig.Unnamed(3),
    };

    public static readonly Gpt2Config Gpt2 = new() { VocabularySize = 13, Width = 8, Layers = 2, Heads = 2, MaxLength = 24 };

    public static readonly OptConfig Opt = new()
    {
        VocabularySize = 13,
        Width = 8,
        Layers = 2,
        Heads = 2,
        Inner = 12,
        MaxLength = 24,
        WordVectors = 6,
    };

    public static readonly LlamaConfig Llama = new() { VocabularySize = 13, Width = 8, Layers = 2, Heads = 4, Groups = 2, Inner = 12, MaxLength = 24 };

    /// <summary>One shape of every architecture, by its <c>model_type</c>.</summary>
    public static readonly IReadOnlyDictionary<string, ModelConfig> All = new Dictionary<string, ModelConfig>
    {
        ["bert"] = Bert,
        ["roberta"] = Bert with { Variant = BertVariant.Roberta, PaddingId = 1, Segments = 1 },
        ["distilbert"] = Bert with { Variant = BertVariant.DistilBert },
        ["gpt2"] = Gpt2,
        ["opt"] = Opt,
        ["llama"] = Llama,
        ["mistral"] = Llama with { Variant = LlamaVariant.Mistral },
        ["qwen2"] = Llama with { Variant = LlamaVariant.Qwen2, Tied = true },
    };

    /// <summary>As <see cref="Make"/>, by the architecture's name.</summary>
    public static Decoder Decoder(string name) => Make<Decoder>(All[name]);

    /// <summary>A model without dropout, with weights large enough that attention is not uniform.</summary>
    public static T Make<T>(ModelConfig config, ScalarType type = ScalarType.Float64) where T : LanguageModel =>
        (T)ModelFactory.Create(config.WithoutDropout() with { InitializerRange = 0.4 }, seed: 3, type: type);

    /// <summary>Rows padded with a token of choice, on either side.</summary>
    public static Batch Rows(int[][] rows, int width = 0, int padding = 0, bool left = false, int[][]? segments = null)
    {
        width = Math.Max(width, rows.Max(r => r.Length));
        long[] Fill(int[][] values, int pad) => [.. values.SelectMany(r =>
        {
            var blank = Enumerable.Repeat((long)pad, width - r.Length);
            var tokens = r.Select(i => (long)i);
            return left ? blank.Concat(tokens) : tokens.Concat(blank);
        })];
        return new Batch(tensor(Fill(rows, padding), [rows.Length, width]), [.. rows.Select(r => (long)r.Length)],
            segments is null ? null : tensor(Fill(segments, 0), [rows.Length, width]), paddedLeft: left);
    }

    /// <summary>The largest absolute difference.</summary>
    public static double Distance(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(b.shape, a.shape);
        return a.numel() == 0 ? 0 : (a.detach().to(ScalarType.Float64) - b.detach().to(ScalarType.Float64)).abs().max().ToDouble();
    }
}
