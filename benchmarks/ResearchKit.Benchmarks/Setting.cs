using ResearchKit.Models;

namespace ResearchKit.Benchmarks;

/// <summary>Where a workload runs, and how large its models are.</summary>
/// <param name="Size"><c>desk</c> for a CPU, <c>base</c> for a GPU.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Precision"><c>fp32</c>, <c>tf32</c> (float32 whose matrix products a GPU rounds to 10 bits) or <c>bf16</c> with float32 master weights.</param>
public sealed record Setting(string Size = "desk", string Device = "cpu", string Precision = "fp32")
{
    /// <summary>Whether the models are those for a GPU.</summary>
    public bool IsBase => Size == "base";

    /// <summary>Tokens of a decoder's response, which is as long as its prompt; null for the size's own, half the row.</summary>
    public int? Response { get; init; }

    /// <summary>The rank of a low-rank BERT's maps: the student then has the parameters of half the layers, or nearly.</summary>
    public int Rank => IsBase ? 245 : 64;

    /// <summary>BERTs without dropout: the teacher's shape, the student's, and rows and tokens of a batch.</summary>
    public (BertConfig Teacher, BertConfig Student, int Rows, int Tokens) Encoders()
    {
        var teacher = IsBase
            ? new BertConfig { Layers = 12, Width = 768, Heads = 12, Inner = 3072 }
            : new BertConfig { Layers = 4, Width = 256, Heads = 4, Inner = 1024 };
        teacher = (BertConfig)(teacher with { InitializerRange = 0.02 }).WithoutDropout();
        return (teacher, teacher with { Layers = teacher.Layers / 2 }, 32, IsBase ? 128 : 64);
    }

    /// <summary>GPT-2s without dropout: the teacher's shape, the student's, and rows and tokens of a batch.</summary>
    /// <param name="vocabulary">Tokens of the vocabulary at desk size; null for its own.</param>
    public (Gpt2Config Teacher, Gpt2Config Student, int Rows, int Tokens) Decoders(int? vocabulary = null)
    {
        int tokens = 2 * Response ?? (IsBase ? 512 : 128);
        var wide = (Gpt2Config)new Gpt2Config { MaxLength = tokens }.WithoutDropout();
        if (IsBase) return (wide with { Layers = 24, Width = 1024, Heads = 16 }, wide, 8, tokens);
        var small = wide with { Layers = 4, Width = 256, Heads = 4, VocabularySize = vocabulary ?? 8192 };
        return (small, small with { Layers = 2 }, vocabulary is null ? 8 : 4, tokens);
    }
}
