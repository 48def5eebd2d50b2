using System.Globalization;
using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// The classes of characters that tokenizers speak of, as the reference implementation draws them: BERT's own
/// (<c>tokenization.py</c> of google-research/bert, and Hugging Face <c>tokenizers</c> where the two differ). Only for some marks and
/// punctuation of rare scripts do the answers differ, because .NET knows a newer Unicode than that library's tables.
/// </summary>
internal static class Characters
{
    /// <summary>White space in Unicode's sense; the control characters tab, line feed and carriage return are among it.</summary>
    public static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune);

    /// <summary>Control, format and private-use characters, which BERT removes; tab, line feed and carriage return are space.</summary>
    public static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>Unicode punctuation, and all of ASCII that is no letter, digit or space: <c>$</c>, <c>^</c> and their like.</summary>
    public static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    /// <summary>Chinese characters. The fifth block starts late (2B920, not 2B820), as in the reference library.</summary>
    public static bool IsChinese(Rune rune) => rune.Value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Letters, marks, decimal digits and connectors: what a whole word is made of (<c>\w</c>).</summary>
    public static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    /// <summary>The first character of a text that is not empty; a lone surrogate reads as U+FFFD.</summary>
    public static Rune First(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var rune, out _);
        return rune;
    }

    /// <summary>The last character of a text that is not empty; a lone surrogate reads as U+FFFD.</summary>
    public static Rune Last(ReadOnlySpan<char> text)
    {
        Rune.DecodeLastFromUtf16(text, out var rune, out _);
        return rune;
    }
}
