using BenchmarkDotNet.Attributes;
using ResearchKit.Data;
using ResearchKit.Models;
using ResearchKit.Text;

namespace ResearchKit.Parts;

/// <summary>Tokenizers of 8,000 tokens, trained on and applied to 2,000 sentences of invented words.</summary>
public class TokenizerParts
{
    private string[] _sentences = null!;
    private Tokenizer _wordPiece = null!, _bytePairs = null!;

    [GlobalSetup]
    public void Make()
    {
        // Words of syllables, the frequent ones first, as a language has them.
        var random = new StableRandom(1);
        string[] syllables = [.. Enumerable.Range(0, 200).Select(_ => $"{"bcdfghklmnprstvw"[random.Below(16)]}{"aeiou"[random.Below(5)]}")];
        string[] words = [.. Enumerable.Range(0, 20_000).Select(_ => string.Concat(Enumerable.Range(0, 1 + random.Below(4)).Select(_ => syllables[random.Below(200)])))];
        string Word() => words[(int)Math.Min(words.Length - 1, Math.Exp(random.Below(1000) / 1000.0 * Math.Log(words.Length)))];
        _sentences = [.. Enumerable.Range(0, 2000).Select(_ => string.Join(' ', Enumerable.Range(0, 8 + random.Below(20)).Select(_ => Word())) + ".")];
        _wordPiece = WordPieceTrainer.Train(_sentences, 8000);
        _bytePairs = ByteLevelBpeTrainer.Train(_sentences, 8000);
    }

    [Benchmark]
    public int WordPiece() => Encode(_wordPiece);

    [Benchmark]
    public int BytePairs() => Encode(_bytePairs);

    [Benchmark]
    public Tokenizer TrainWordPiece() => WordPieceTrainer.Train(_sentences, 8000);

    [Benchmark]
    public Tokenizer TrainBytePairs() => ByteLevelBpeTrainer.Train(_sentences, 8000);

    private int Encode(Tokenizer tokenizer)
    {
        List<int> ids = [];
        foreach (var sentence in _sentences) tokenizer.Encode(sentence, ids);
        return ids.Count;
    }
}

/// <summary>64 tokens behind prompts of 64, by a GPT-2 of 4 layers and width 256.</summary>
public class GenerationParts
{
    private Gpt2 _model = null!;
    private int[][] _prompts = null!;

    /// <summary>Texts at once.</summary>
    [Params(1, 8)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Make()
    {
        _model = new Gpt2(new Gpt2Config { VocabularySize = 8192, Width = 256, Layers = 4, Heads = 4, MaxLength = 128 }, seed: 1);
        _model.eval();
        var random = new StableRandom(2);
        _prompts = [.. Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, 64).Select(_ => random.Below(8192)).ToArray())];
    }

    [GlobalCleanup]
    public void Drop() => _model.Dispose();

    [Benchmark(Baseline = true)]
    public int Greedy() => Generate(new() { MaxNewTokens = 64, Greedy = true });

    [Benchmark]
    public int Sampled() => Generate(new() { MaxNewTokens = 64 });

    [Benchmark]
    public int SampledFromTheLikeliest() => Generate(new() { MaxNewTokens = 64, TopK = 50, TopP = 0.95 });

    [Benchmark]
    public int WithoutKeysAndValues() => Generate(new() { MaxNewTokens = 64, Greedy = true, UseCache = false });

    private int Generate(GenerationOptions options) => Generation.Generate(_model, _prompts, options, [.. _prompts.Select((_, i) => (ulong)i)]).Sum(c => c.Tokens.Length);
}
