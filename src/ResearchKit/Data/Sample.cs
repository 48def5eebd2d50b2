namespace ResearchKit.Data;

/// <summary>One tokenized example, before it is padded into a batch.</summary>
/// <param name="Ids">Token ids with the special tokens in place.</param>
/// <param name="Label">Class, or -1 where there is none.</param>
/// <param name="SecondFrom">Index from which the tokens are of segment 1, where the tokenizer puts the second text of a pair there; 0 where all
/// are of segment 0.</param>
/// <param name="ScoredFrom">Decoders: index of the first token that is scored as a target; ignored for encoders.</param>
public sealed record Sample(int[] Ids, int Label = -1, int SecondFrom = 0, int ScoredFrom = 0)
{
    /// <summary>The number to tell, of a regression.</summary>
    public float? Score { get; init; }

    /// <summary>The positions of an answer's first and last token, both <see cref="SpanWindow.None"/> where the row has not the whole of one; null where no span is asked for.</summary>
    public (int Start, int End)? Span { get; init; }

    /// <summary>For each token the word it is a piece of, counted through both texts, or -1 for special tokens; null unless asked for.</summary>
    public int[]? Words { get; init; }
}
