using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>How a <see cref="BytePairs"/> model treats what it does not know.</summary>
/// <param name="UnknownToken">What a character becomes that is not in the vocabulary; null leaves it out.</param>
/// <param name="FuseUnknown">Make one of several unknown characters in a row.</param>
/// <param name="ByteFallback">Spell an unknown character in byte tokens, where the vocabulary has all of them.</param>
/// <param name="IgnoreMerges">Take a word that is itself a token as it is.</param>
/// <param name="Prefix">What marks a character that does not begin a word, or null.</param>
/// <param name="Suffix">What marks the last character of a word, or null.</param>
internal sealed record BytePairOptions(string? UnknownToken = null, bool FuseUnknown = false, bool ByteFallback = false,
    bool IgnoreMerges = false, string? Prefix = null, string? Suffix = null);

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): a word's characters, joined pair by pair. Byte-level vocabularies have
/// the text in <see cref="ByteAlphabet"/> by then, so that a character is a byte.
/// </summary>
internal sealed class BytePairs : SubwordModel
{
    private readonly BytePairMerges _merges;
    private readonly int[]? _bytes;
    private readonly int _unknown = -1;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The pairs, in the order of their ranks.</param>
    /// <param name="options">What happens to what is not known.</param>
    /// <param name="source">Where they come from, for the error.</param>
    /// <param name="scores">Where given, a token's score is the rank of the pairs that join to it, the highest first, as in SentencePiece:
    /// pairs of one score are joined from the left.</param>
    public BytePairs(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, BytePairOptions options, string source,
        Func<int, float>? scores = null)
        : base(vocabulary)
    {
        (Merges, Options) = (merges, options);
        if (options.UnknownToken is { } unknown)
            _unknown = vocabulary.IdOf(unknown) ?? throw new KitException($"{source}: the unknown token '{unknown}' is not in the vocabulary.");
        _bytes = options.ByteFallback ? ByteTokens(vocabulary) : null;
        var resolved = Resolve(merges, source).ToList();
        if (scores is not null)
        {
            var ranks = resolved.Select(m => scores(m.Merged)).Distinct().OrderDescending().Select((s, rank) => (s, rank)).ToDictionary(x => x.s, x => x.rank);
            resolved = resolved.ConvertAll(m => m with { Rank = ranks[scores(m.Merged)] });
        }
        _merges = new BytePairMerges(resolved);
    }

    /// <summary>The pairs, in the order of their ranks.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>What happens to what is not known.</summary>
    public BytePairOptions Options { get; }

    protected override Piece[] Split(ReadOnlySpan<char> word)
    {
        if (Options.IgnoreMerges && Vocabulary.IdOf(word) is { } whole)
            return [new(whole, 0, word.Length)];
        var pieces = new List<Piece>(word.Length);
        bool unknownBefore = false;
        for (int at = 0, length; at < word.Length; at += length)
        {
            Characters.At(word, at, out length);
            var character = word.Slice(at, length);
            bool known = IdOf(character, first: at == 0, last: at + length == word.Length) is { } id && Add(pieces, id, at, length);
            if (!known && _bytes is not null)
                known = AddBytes(pieces, character, at);
            if (!known && _unknown >= 0)
            {
                if (unknownBefore && Options.FuseUnknown)
                    pieces[^1] = pieces[^1] with { End = at + length };
                else
                    pieces.Add(new(_unknown, at, at + length));
            }
            unknownBefore = !known;
        }
        Piece[] merged = [.. pieces];
        return merged[.._merges.Merge(merged)];
    }

    public override string Type => "BPE";

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteNull("dropout");
        json.WriteString("unk_token", Options.UnknownToken);
        json.WriteString("continuing_subword_prefix", Options.Prefix);
        json.WriteString("end_of_word_suffix", Options.Suffix);
        json.WriteBoolean("fuse_unk", Options.FuseUnknown);
        json.WriteBoolean("byte_fallback", Options.ByteFallback);
        json.WriteBoolean("ignore_merges", Options.IgnoreMerges);
        Vocabulary.Write(json);
        json.WriteStartArray("merges");
        foreach (var (left, right) in Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Every way to join two tokens to a third, the third's score first, for vocabularies that have scores and no merges.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="joins">Whether a token may be part or outcome of a merge: byte and control tokens may not.</param>
    /// <param name="scores">The scores.</param>
    public static List<(string Left, string Right)> FromScores(Vocabulary vocabulary, Func<int, bool> joins, Func<int, float> scores)
    {
        var found = new List<(float Score, int Id, string Left, string Right)>();
        foreach (var (token, id) in vocabulary.Entries.Where(e => joins(e.Id)))
            for (int cut = 1; cut < token.Length; cut++)
                if (vocabulary.IdOf(token.AsSpan(0, cut)) is { } left && joins(left) && vocabulary.IdOf(token.AsSpan(cut)) is { } right && joins(right))
                    found.Add((scores(id), id, token[..cut], token[cut..]));
        return [.. found.OrderByDescending(f => f.Score).ThenBy(f => f.Id).ThenBy(f => f.Left.Length).Select(f => (f.Left, f.Right))];
    }

    private static bool Add(List<Piece> pieces, int id, int at, int length)
    {
        pieces.Add(new(id, at, at + length));
        return true;
    }

    private bool AddBytes(List<Piece> pieces, ReadOnlySpan<char> character, int at)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (byte value in utf8[..Encoding.UTF8.GetBytes(character, utf8)])
            pieces.Add(new(_bytes![value], at, at + character.Length));
        return true;
    }

    private int? IdOf(ReadOnlySpan<char> character, bool first, bool last) => Options is { Prefix: null, Suffix: null } ? Vocabulary.IdOf(character)
        : Vocabulary.IdOf(string.Concat(first ? "" : Options.Prefix, character, last ? Options.Suffix : ""));

    private IEnumerable<(int Left, int Right, int Rank, int Merged)> Resolve(IReadOnlyList<(string Left, string Right)> merges, string source)
    {
        var seen = new HashSet<(string, string)>();
        for (int i = 0; i < merges.Count; i++)
        {
            var (left, right) = merges[i];
            int Id(string token) => Vocabulary.IdOf(token) ?? throw new KitException(
                $"{source}: merge {i.ToString(CultureInfo.InvariantCulture)} ('{left}' with '{right}') needs the token '{token}', which the vocabulary does not have.");
            if (!seen.Add(merges[i]))
                throw new KitException($"{source}: merge {i} ('{left}' with '{right}') is listed twice.");
            string tail = Options.Prefix is { } prefix && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right;
            yield return (Id(left), Id(right), i, Id(left + tail));
        }
    }
}
