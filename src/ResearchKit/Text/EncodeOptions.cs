namespace ResearchKit.Text;

/// <summary>Which text loses tokens where there are too many.</summary>
public enum Truncation
{
    /// <summary>The longer of two until both are equally long, then both; of an odd number the longer keeps one more.</summary>
    LongestFirst,

    /// <summary>Only the first.</summary>
    OnlyFirst,

    /// <summary>Only the second: the context of a question.</summary>
    OnlySecond,
}

/// <summary>How a text or a pair is encoded.</summary>
/// <param name="AddSpecial">Put the special tokens around that the tokenizer's file asks for.</param>
/// <param name="MaxLength">Most tokens, special ones included; null for any number.</param>
/// <param name="Truncate">Which text is cut to that.</param>
/// <param name="Stride">Tokens of a cut text that each window of the rest repeats from the one before; fewer than a window has.</param>
/// <param name="FromLeft">Cut the beginning instead of the end.</param>
public sealed record EncodeOptions(bool AddSpecial = true, int? MaxLength = null, Truncation Truncate = Truncation.LongestFirst, int Stride = 0,
    bool FromLeft = false);
