using System.ComponentModel.DataAnnotations;

namespace ResearchKit.Evaluation;

/// <summary>How responses are sampled for <see cref="GenerationEvaluation"/>; the defaults are MiniLLM's protocol (temperature 1, all tokens, five seeds).</summary>
public sealed record GenerationSettings
{
    /// <summary>Each gives one response a row.</summary>
    public int[] Seeds { get; init; } = [10, 20, 30, 40, 50];

    /// <summary>Tokens of a response at most, the end token included; null for half of the longest row (<c>data.maxLength</c>). A prompt has the rest, and
    /// loses its beginning where it is longer.</summary>
    [Range(1, 100_000)]
    public int? MaxNewTokens { get; init; }

    /// <summary>Divides the logits.</summary>
    [Range(1e-4, 1e4)]
    public double Temperature { get; init; } = 1;

    /// <summary>Sample among the likeliest tokens of this much probability together; 1 for all.</summary>
    [Range(1e-4, 1.0)]
    public double TopP { get; init; } = 1;

    /// <summary>Sample among the k likeliest tokens; 0 for all.</summary>
    [Range(0, int.MaxValue)]
    public int TopK { get; init; }
}
