using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>
/// BERT's pieces: the fewest that a greedy search from the left finds, the longest first (Wu et al. 2016, arXiv 1609.08144;
/// WordpieceTokenizer of google-research/bert).
/// </summary>
internal sealed class WordPiece : SubwordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _heads, _tails;
    private readonly int _longestHead, _longestTail, _unknown;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="unknownToken">What a word becomes that cannot be spelled.</param>
    /// <param name="prefix">What marks a piece that continues a word.</param>
    /// <param name="longestWord">Words of more characters are unknown.</param>
    /// <param name="source">Where the vocabulary comes from, for the error.</param>
    public WordPiece(Vocabulary vocabulary, string unknownToken, string prefix, int longestWord, string source) : base(vocabulary)
    {
        (UnknownToken, Prefix, LongestWord) = (unknownToken, prefix, longestWord);
        _unknown = vocabulary.IdOf(unknownToken)
            ?? throw new KitException($"{source}: the unknown token '{unknownToken}' is not in the vocabulary.");
        var heads = new Dictionary<string, int>(StringComparer.Ordinal);
        var tails = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in vocabulary.Entries)
        {
            heads[token] = id;
            if (token.StartsWith(prefix, StringComparison.Ordinal))
                tails[token[prefix.Length..]] = id;
        }
        (_heads, _longestHead) = (heads.GetAlternateLookup<ReadOnlySpan<char>>(), heads.Keys.Max(k => k.Length));
        (_tails, _longestTail) = (tails.GetAlternateLookup<ReadOnlySpan<char>>(), tails.Keys.Select(k => k.Length).DefaultIfEmpty().Max());
    }

    /// <summary>What a word becomes that cannot be spelled.</summary>
    public string UnknownToken { get; }

    /// <summary>What marks a piece that continues a word.</summary>
    public string Prefix { get; }

    /// <summary>Words of more characters are unknown.</summary>
    public int LongestWord { get; }

    protected override Piece[] Split(ReadOnlySpan<char> word)
    {
        if (LongerThan(word, LongestWord))
            return [new(_unknown, 0, word.Length)];
        var pieces = new List<Piece>();
        for (int start = 0; start < word.Length;)
        {
            var (known, longest) = start == 0 ? (_heads, _longestHead) : (_tails, _longestTail);
            int length = Math.Min(longest, word.Length - start), id = 0;
            while (length > 0 && !known.TryGetValue(word.Slice(start, length), out id))
                length--;
            if (length == 0) // One piece that is missing makes the whole word unknown.
                return [new(_unknown, 0, word.Length)];
            pieces.Add(new(id, start, start += length));
        }
        return [.. pieces];
    }

    public override string Type => "WordPiece";

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteString("unk_token", UnknownToken);
        json.WriteString("continuing_subword_prefix", Prefix);
        json.WriteNumber("max_input_chars_per_word", LongestWord);
        Vocabulary.Write(json);
        json.WriteEndObject();
    }

    /// <summary>Whether a word has more characters than that; surrogate pairs count once.</summary>
    private static bool LongerThan(ReadOnlySpan<char> word, int limit)
    {
        int count = word.Length;
        for (int i = 0; i < word.Length && count > limit; i++)
            if (char.IsLowSurrogate(word[i]))
                count--;
        return count > limit;
    }
}
