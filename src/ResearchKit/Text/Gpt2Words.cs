using System.Globalization;
using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// GPT-2's words (<c>encoder.py</c> of openai/gpt-2):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. Cut by hand, because .NET's regular
/// expressions see surrogates where there is one character. Nothing is lost: the words joined are the text.
/// </summary>
internal static class Gpt2Words
{
    private enum Class { Space, Letter, Number, Other }

    /// <summary>How many chars the first word of a text has; the text is not empty.</summary>
    public static int FirstLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text[1..]) is > 0 and var length)
            return 1 + length;
        int blank = text[0] == ' ' ? 1 : 0;
        if (blank < text.Length && ClassAt(text[blank..], out _) is not Class.Space and var first)
            return blank + RunOf(first, text[blank..]);
        int spaces = RunOf(Class.Space, text);
        // The last blank of several belongs to the word that follows.
        return spaces < text.Length && spaces > 1 ? spaces - 1 : spaces;
    }

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['s' or 't' or 'm' or 'd', ..] => 1,
        ['r' or 'v', 'e', ..] or ['l', 'l', ..] => 2,
        _ => 0,
    };

    private static int RunOf(Class wanted, ReadOnlySpan<char> text)
    {
        int at = 0;
        while (at < text.Length && ClassAt(text[at..], out int length) == wanted)
            at += length;
        return at;
    }

    private static Class ClassAt(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out var rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Class.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Class.Number,
            _ => Characters.IsSpace(rune) ? Class.Space : Class.Other,
        };
    }
}
