using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// Trains GPT-2's kind of vocabulary: words by <see cref="Gpt2Words"/>, bytes joined by the count of pairs
/// (<see cref="PairLearner"/>, which states how ties are broken).
/// </summary>
/// <remarks>
/// Ids: the special token 0, the 256 symbols of the byte alphabet in the order of their code points, then tokens as they were
/// learned. The result depends on the texts as a multiset only.
/// </remarks>
public static class ByteLevelBpeTrainer
{
    /// <summary>What ends a text, and the only special token.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts, raw. A special token written in them is text like any other.</param>
    /// <param name="vocabularySize">Tokens wanted, 257 at least; fewer where the texts do not give as many.</param>
    /// <param name="minimumCount">Pairs that come more rarely are not joined.</param>
    /// <param name="settings">How text is cut; null for GPT-2's way.</param>
    /// <exception cref="KitException">The texts are empty, or the size is too small for the bytes.</exception>
    public static ByteLevelBpeTokenizer Train(IEnumerable<string> texts, int vocabularySize, long minimumCount = 2,
        ByteLevelSettings? settings = null)
    {
        settings ??= new ByteLevelSettings();
        var words = CountWords(texts, settings);
        TokenTable.RequireWords(words.Count);

        var table = new TokenTable();
        table.Add(EndOfText);
        var symbols = new int[256];
        foreach (int b in Enumerable.Range(0, 256).OrderBy(b => ByteAlphabet.CharOf((byte)b)))
            symbols[b] = table.Add(ByteAlphabet.CharOf((byte)b).ToString());
        table.CheckSize(vocabularySize);

        table.Learn(words.Select(w => (Array.ConvertAll(Encoding.UTF8.GetBytes(w.Key), b => symbols[b]), w.Value)),
            vocabularySize, minimumCount, string.Concat);
        return new ByteLevelBpeTokenizer(table.ToVocabulary(), table.Merges, [new AddedToken(0, EndOfText)], settings, TokenTable.Source);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, ByteLevelSettings settings)
    {
        var counts = new WordCounts();
        foreach (string text in texts)
        {
            ReadOnlySpan<char> rest = settings.AddPrefixSpace && text.Length > 0 && text[0] != ' ' ? " " + text : text;
            while (rest.Length > 0)
            {
                int length = settings.SplitWords ? Gpt2Words.FirstLength(rest) : rest.Length;
                counts.Add(rest[..length]);
                rest = rest[length..];
            }
        }
        return counts.Words;
    }
}
