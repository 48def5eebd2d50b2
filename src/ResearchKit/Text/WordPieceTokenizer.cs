using System.Text;

namespace ResearchKit.Text;

/// <summary>
/// BERT's tokenizer: normalized text, words between spaces and punctuation, and each word the fewest pieces that a greedy
/// search from the left finds, the longest first (Wu et al. 2016, arXiv 1609.08144; FullTokenizer of google-research/bert).
/// </summary>
public sealed class WordPieceTokenizer : VocabularyTokenizer
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _heads, _tails;
    private readonly int _longestHead, _longestTail, _unknownId;

    internal WordPieceTokenizer(Vocabulary vocabulary, IReadOnlyList<AddedToken> added, WordPieceSettings settings, string source)
        : base(vocabulary, added, source)
    {
        Settings = settings;
        _unknownId = vocabulary.IdOf(settings.UnknownToken)
            ?? throw new KitException($"{source}: the unknown token '{settings.UnknownToken}' is not in the vocabulary.");
        var heads = new Dictionary<string, int>(StringComparer.Ordinal);
        var tails = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in vocabulary.Entries)
        {
            heads[token] = id;
            if (token.StartsWith(settings.Prefix, StringComparison.Ordinal))
                tails[token[settings.Prefix.Length..]] = id;
        }
        (_heads, _longestHead) = (heads.GetAlternateLookup<ReadOnlySpan<char>>(), heads.Keys.Max(k => k.Length));
        (_tails, _longestTail) = (tails.GetAlternateLookup<ReadOnlySpan<char>>(), tails.Keys.Select(k => k.Length).DefaultIfEmpty().Max());
        BeginId = Framing(settings.Begin, source);
        EndId = Framing(settings.End, source);
        PaddingId = FirstOf("[PAD]", "<pad>");
    }

    /// <summary>How text is cleaned, cut and framed.</summary>
    public WordPieceSettings Settings { get; }

    /// <inheritdoc/>
    public override int? PaddingId { get; }

    /// <inheritdoc/>
    public override int? BeginId { get; }

    /// <inheritdoc/>
    public override int? EndId { get; }

    /// <inheritdoc/>
    public override void Save(string path) => TokenizerFile.Save(this, path);

    internal Vocabulary Tokens => Vocabulary;

    private protected override string Normalize(ReadOnlySpan<char> text) => Settings.Normalizer?.Normalize(text) ?? text.ToString();

    private protected override void EncodeNormalized(ReadOnlySpan<char> text, List<int> into)
    {
        for (int at = 0; BertWords.Next(text, ref at, out var word);)
            EncodeWord(word, into);
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> into)
    {
        int first = into.Count;
        if (LongerThan(word, Settings.LongestWord))
        {
            into.Add(_unknownId);
            return;
        }
        for (int start = 0; start < word.Length;)
        {
            var (pieces, longest) = start == 0 ? (_heads, _longestHead) : (_tails, _longestTail);
            int length = Math.Min(longest, word.Length - start), id = 0;
            while (length > 0 && !pieces.TryGetValue(word.Slice(start, length), out id))
                length--;
            if (length == 0)
            {
                // One piece that is missing makes the whole word unknown.
                into.RemoveRange(first, into.Count - first);
                into.Add(_unknownId);
                return;
            }
            into.Add(id);
            start += length;
        }
    }

    /// <summary>Whether a word has more characters than that; surrogate pairs count once.</summary>
    private static bool LongerThan(ReadOnlySpan<char> word, int limit)
    {
        if (word.Length <= limit)
            return false;
        int count = 0;
        foreach (var _ in word.EnumerateRunes())
            count++;
        return count > limit;
    }

    private protected override string Join(IReadOnlyList<string> tokens)
    {
        var text = new StringBuilder();
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            if (i > 0)
                token = token.StartsWith(Settings.Prefix, StringComparison.Ordinal) ? token[Settings.Prefix.Length..] : " " + token;
            text.Append(Settings.CleanUp ? Tidy(token) : token);
        }
        return text.ToString();
    }

    /// <summary>English spacing around punctuation and contractions, as the reference's <c>cleanup</c> does it.</summary>
    private static string Tidy(string text) => text.Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",")
        .Replace(" ' ", "'").Replace(" n't", "n't").Replace(" 'm", "'m").Replace(" do not", " don't").Replace(" 's", "'s")
        .Replace(" 've", "'ve").Replace(" 're", "'re");

    private int? Framing(string? token, string source) => token is null ? null : IdOf(token)
        ?? throw new KitException($"{source}: the post-processor puts '{token}' around a text, but the vocabulary has no such token.");
}

/// <summary>How a <see cref="WordPieceTokenizer"/> cleans, cuts and frames text.</summary>
/// <param name="Normalizer">The cleaning, or null for none.</param>
/// <param name="UnknownToken">What a word becomes that cannot be spelled.</param>
/// <param name="Prefix">What marks a piece that continues a word.</param>
/// <param name="LongestWord">Words of more characters are unknown.</param>
/// <param name="Begin">Token put before a text, or null.</param>
/// <param name="End">Token put after each text of one or two, or null.</param>
/// <param name="CleanUp">Decode with English spacing around punctuation.</param>
public sealed record WordPieceSettings(BertNormalizer? Normalizer, string UnknownToken = "[UNK]", string Prefix = "##",
    int LongestWord = 100, string? Begin = "[CLS]", string? End = "[SEP]", bool CleanUp = true);
