using System.Text;

namespace ResearchKit.Text;

/// <summary>BERT's words: what lies between white space, with every punctuation mark a word of its own.</summary>
internal static class BertWords
{
    /// <summary>Finds the next word.</summary>
    /// <param name="text">Normalized text.</param>
    /// <param name="from">Where the last word ended; on return where this one ends.</param>
    /// <param name="word">The word.</param>
    /// <returns>False when no word is left.</returns>
    public static bool Next(ReadOnlySpan<char> text, ref int from, out ReadOnlySpan<char> word)
    {
        int start = -1, at = from;
        while (at < text.Length)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out int length);
            bool space = Characters.IsSpace(rune), alone = !space && Characters.IsPunctuation(rune);
            if (start >= 0 && (space || alone))
                break;
            at += length;
            if (!space && start < 0)
                start = at - length;
            if (alone)
                break;
        }
        from = at;
        word = start < 0 ? default : text[start..at];
        return start >= 0;
    }
}
