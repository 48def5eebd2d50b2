namespace ResearchKit.Models;

/// <summary>How the next token is chosen.</summary>
public sealed record GenerationOptions
{
    /// <summary>Tokens to add to each prompt at most; a row ends sooner at an end token, and where the model's positions end.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Take the likeliest token each time; the numbers below are then not looked at.</summary>
    public bool Greedy { get; init; }

    /// <summary>Divides the logits: below 1 sharpens, above 1 flattens.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Sample among the k likeliest tokens only; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Sample among the likeliest tokens that together have this much probability (Holtzman et al., arXiv 1904.09751); 1
    /// for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The token that ends a row; null to go on to the last.</summary>
    public int? EndId { get; init; }

    /// <summary>Further tokens that end a row.</summary>
    public IReadOnlyList<int> OtherEndIds { get; init; } = [];

    /// <summary>Every token that ends a row.</summary>
    public IEnumerable<int> EndIds => EndId is { } end ? OtherEndIds.Prepend(end) : OtherEndIds;

    /// <summary>Keep keys and values from step to step. Off, every step reads everything again: the same tokens, slowly.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>Refuses numbers out of range.</summary>
    /// <exception cref="KitException">The message names the option and its range.</exception>
    public void Validate()
    {
        if (MaxNewTokens < 1) throw new KitException($"The number of tokens to generate is {MaxNewTokens}; it must be at least 1.");
        if (!(Temperature > 0 && double.IsFinite(Temperature)))
            throw new KitException(
                $"The temperature is {Temperature}; it must be above 0. For the likeliest token each time, choose greedy.");
        if (TopK < 0) throw new KitException($"Top-k is {TopK}; it must be at least 1, or 0 for no limit.");
        if (!(TopP > 0 && TopP <= 1)) throw new KitException($"Top-p is {TopP}; it must be above 0 and at most 1.");
    }
}
