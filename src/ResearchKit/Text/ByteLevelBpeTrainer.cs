namespace ResearchKit.Text;

/// <summary>
/// Trains GPT-2's kind of vocabulary: words by GPT-2's pattern, bytes joined by the count of pairs
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
    /// <param name="addPrefixSpace">Put a blank before a text that does not begin with one.</param>
    /// <exception cref="KitException">The texts are empty, or the size is too small for the bytes.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize, long minimumCount = 2, bool addPrefixSpace = false)
    {
        var cutter = new ByteLevelWords(addPrefixSpace);
        var words = CountWords(texts, cutter);
        TokenTable.RequireWords(words.Count);

        var table = new TokenTable();
        table.Add(EndOfText);
        var symbols = new int[256];
        foreach (int b in Enumerable.Range(0, 256).OrderBy(b => ByteAlphabet.CharOf((byte)b)))
            symbols[b] = table.Add(ByteAlphabet.CharOf((byte)b).ToString());
        table.CheckSize(vocabularySize);

        table.Learn(words.Select(w => (Array.ConvertAll(w.Key.ToCharArray(), c => symbols[ByteAlphabet.ByteOf(c)]), w.Value)),
            vocabularySize, minimumCount, string.Concat);
        var model = new BytePairs(table.ToVocabulary(), table.Merges, new(), TokenTable.Source);
        return new(new(null, cutter, model, new ByteLevelProcessing(), new ByteLevelDecoder(), [new AddedToken(0, EndOfText)]), TokenTable.Source);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, ByteLevelWords cutter)
    {
        var counts = new WordCounts();
        var words = new List<TextSpan>();
        foreach (string text in texts.Where(t => t.Length > 0))
        {
            var bytes = new AlignedText(Characters.WellFormed(text), 0, aligned: false);
            words.Clear();
            cutter.Cut(bytes, words);
            foreach (var word in words)
                counts.Add(bytes.Chars[word.Start..word.End]);
        }
        return counts.Words;
    }
}
