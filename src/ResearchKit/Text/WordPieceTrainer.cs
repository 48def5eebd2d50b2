using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// Trains a WordPiece vocabulary as Hugging Face's <c>WordPieceTrainer</c> does: pairs are joined by their count
/// (<see cref="PairLearner"/>, which states how ties are broken), pieces that continue a word bear <c>##</c>.
/// </summary>
/// <remarks>
/// Ids: <c>[PAD]</c> 0, <c>[UNK]</c> 1, <c>[CLS]</c> 2, <c>[SEP]</c> 3, <c>[MASK]</c> 4; the alphabet in the order of its code
/// points, then the same with <c>##</c>; then pieces as they were learned. The result depends on the texts as a multiset only.
/// </remarks>
public static class WordPieceTrainer
{
    private const string Prefix = "##";
    private const int LongestWord = 100;

    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts, raw.</param>
    /// <param name="vocabularySize">Tokens wanted; fewer where the texts do not give as many.</param>
    /// <param name="minimumCount">Pairs that come more rarely are not joined.</param>
    /// <param name="alphabetLimit">Characters kept, the most frequent; a word with another one is unknown.</param>
    /// <param name="normalizer">The cleaning; null for BERT's uncased one.</param>
    /// <exception cref="KitException">The texts hold no word, or the size is too small for the alphabet.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize, long minimumCount = 2, int alphabetLimit = 1000,
        BertNormalizer? normalizer = null)
    {
        normalizer ??= new BertNormalizer();
        var words = CountWords(texts, normalizer);
        TokenTable.RequireWords(words.Count);

        var table = new TokenTable();
        foreach (string token in Special)
            table.Add(token);
        var alphabet = Alphabet(words, alphabetLimit);
        var heads = alphabet.ToDictionary(c => c, c => table.Add(c.ToString()));
        var tails = alphabet.ToDictionary(c => c, c => table.Add(Prefix + c));
        table.CheckSize(vocabularySize);

        var spelled = new List<(int[], long)>(words.Count);
        foreach (var (word, count) in words)
        {
            Rune[] runes = [.. word.EnumerateRunes()];
            if (runes.All(heads.ContainsKey))
                spelled.Add(([.. runes.Select((c, i) => i == 0 ? heads[c] : tails[c])], count));
        }
        table.Learn(spelled, vocabularySize, minimumCount, (left, right) => left + right[Prefix.Length..]);

        var added = Special.Select((t, id) => new AddedToken(id, t));
        var model = new WordPiece(table.ToVocabulary(), Special[1], Prefix, LongestWord, TokenTable.Source);
        var frame = TemplateProcessing.Around((Special[2], 2), (Special[3], 3));
        return new(new(normalizer, new BertWords(), model, frame, new WordPieceDecoder(Prefix, CleanUp: true), [.. added]), TokenTable.Source);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, BertNormalizer normalizer)
    {
        var counts = new WordCounts();
        var cutter = new BertWords();
        var words = new List<TextSpan>();
        foreach (string text in texts)
        {
            var normal = new AlignedText(Characters.WellFormed(text), 0, aligned: false);
            normalizer.Apply(normal);
            words.Clear();
            cutter.Cut(normal, words);
            foreach (var word in words.Where(w => w.Length <= LongestWord))
                counts.Add(normal.Chars[word.Start..word.End]);
        }
        return counts.Words;
    }

    /// <summary>The most frequent characters, of equals those of the lower code point, in the order of their code points.</summary>
    private static List<Rune> Alphabet(Dictionary<string, long> words, int limit)
    {
        var counts = new Dictionary<Rune, long>();
        foreach (var (word, count) in words)
            foreach (var rune in word.EnumerateRunes())
                counts[rune] = counts.GetValueOrDefault(rune) + count;
        return [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).Take(limit).Select(c => c.Key).Order()];
    }
}
