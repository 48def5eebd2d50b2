using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// BERT's cleaning of a text before it is cut into words (BasicTokenizer of google-research/bert; <c>BertNormalizer</c> of
/// <c>tokenizer.json</c>).
/// </summary>
/// <param name="CleanText">Remove control characters, NUL and U+FFFD; make every kind of space a blank.</param>
/// <param name="HandleChineseChars">Put blanks around every Chinese character, so that each is a word.</param>
/// <param name="StripAccents">Take accents off; null does what <paramref name="Lowercase"/> does.</param>
/// <param name="Lowercase">Lower-case, character by character.</param>
public sealed record BertNormalizer(bool CleanText = true, bool HandleChineseChars = true, bool? StripAccents = null, bool Lowercase = true)
{
    /// <summary>The cleaned text. Lone surrogates count as U+FFFD.</summary>
    public string Normalize(ReadOnlySpan<char> text)
    {
        bool strip = StripAccents ?? Lowercase;
        var result = new StringBuilder(text.Length + 16);
        var stripped = new StringBuilder(4);
        foreach (var rune in text.EnumerateRunes())
        {
            var clean = rune;
            if (CleanText)
            {
                if (rune.Value == 0xFFFD || Characters.IsControl(rune))
                    continue;
                if (Characters.IsSpace(rune))
                    clean = new Rune(' ');
            }
            if (clean.IsAscii)
            {
                result.Append((char)(Lowercase ? Rune.ToLowerInvariant(clean) : clean).Value);
                continue;
            }
            bool spaced = HandleChineseChars && Characters.IsChinese(clean);
            if (spaced)
                result.Append(' ');
            stripped.Clear();
            if (strip)
                Accents.AppendStripped(stripped, clean);
            else
                stripped.Append(clean);
            if (Lowercase)
                AppendLower(result, stripped);
            else
                result.Append(stripped);
            if (spaced)
                result.Append(' ');
        }
        return result.ToString();
    }

    /// <summary>Unicode's full lower-casing is one character to one, but for U+0130, the capital dotted I of Turkish.</summary>
    private static void AppendLower(StringBuilder into, StringBuilder text)
    {
        foreach (var rune in text.ToString().EnumerateRunes())
        {
            if (rune.Value == 0x130)
                into.Append("i\u0307");
            else
                into.Append(Rune.ToLowerInvariant(rune));
        }
    }
}
