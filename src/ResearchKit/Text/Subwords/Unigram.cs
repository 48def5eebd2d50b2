using System.Text;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>
/// The unigram language model (Kudo 2018, arXiv 1804.10959): of all ways to spell a word the one whose pieces have the highest sum of
/// log-probabilities, by Viterbi's search.
/// </summary>
internal sealed class Unigram : SubwordModel
{
    // What an unknown character costs beyond the rarest piece.
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int[]? _bytes;
    private readonly bool _byteFallback;
    private readonly int _unknown;

    // A trie: from a node and a char to the next node; the id of the token that ends at a node.
    private readonly Dictionary<long, int> _edges = [];
    private readonly List<int> _ends = [-1];

    /// <param name="vocabulary">The tokens, without gaps.</param>
    /// <param name="scores">The logarithm of each one's probability.</param>
    /// <param name="unknown">The id of the unknown token.</param>
    /// <param name="byteFallback">Spell unknown characters in byte tokens, where the vocabulary has all of them.</param>
    /// <param name="usable">Which tokens a text can be spelled with; null for all.</param>
    public Unigram(Vocabulary vocabulary, double[] scores, int unknown, bool byteFallback, Func<int, bool>? usable = null) : base(vocabulary)
    {
        (_scores, _unknown, _byteFallback) = (scores, unknown, byteFallback);
        _bytes = byteFallback ? ByteTokens(vocabulary) : null;
        _unknownScore = vocabulary.Entries.Where(e => usable?.Invoke(e.Id) ?? true).Select(e => scores[e.Id]).DefaultIfEmpty().Min() - UnknownPenalty;
        foreach (var (token, id) in vocabulary.Entries)
            if (token.Length > 0 && (usable?.Invoke(id) ?? true))
                Insert(token, id);
    }

    protected override Piece[] Split(ReadOnlySpan<char> word)
    {
        var best = new (double Score, int From, int Id)[word.Length + 1];
        Array.Fill(best, (0, -1, 0), 1, word.Length);
        for (int at = 0, length; at < word.Length; at += length)
        {
            Characters.At(word, at, out length);
            bool single = false;
            for (int node = 0, end = at; end < word.Length && _edges.TryGetValue(Edge(node, word[end++]), out node);)
            {
                if (_ends[node] < 0)
                    continue;
                Offer(best, at, end, _ends[node], _scores[_ends[node]]);
                single |= end == at + length;
            }
            if (!single)
                Offer(best, at, at + length, _unknown, _unknownScore);
        }
        return Spell(word, best);
    }

    public override string Type => "Unigram";

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteNumber("unk_id", _unknown);
        json.WriteStartArray("vocab");
        foreach (var (token, id) in Vocabulary.Entries)
        {
            json.WriteStartArray();
            json.WriteStringValue(token);
            json.WriteNumberValue(_scores[id]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", _byteFallback);
        json.WriteEndObject();
    }

    private static void Offer((double Score, int From, int Id)[] best, int from, int to, int id, double score)
    {
        double sum = best[from].Score + score;
        if (best[to].From < 0 || sum > best[to].Score)
            best[to] = (sum, from, id);
    }

    /// <summary>The best path from its end; unknown characters in a row are one piece, or its bytes.</summary>
    private Piece[] Spell(ReadOnlySpan<char> word, (double Score, int From, int Id)[] best)
    {
        var pieces = new List<Piece>();
        for (int end = word.Length; end > 0;)
        {
            var (_, start, id) = best[end];
            if (id == _unknown)
                while (start > 0 && best[start].Id == _unknown)
                    start = best[start].From;
            if (id == _unknown && _bytes is not null && Vocabulary.IdOf(word[start..end]) is null)
                foreach (byte value in Encoding.UTF8.GetBytes(word[start..end].ToArray()).Reverse())
                    pieces.Add(new(_bytes[value], start, end));
            else
                pieces.Add(new(id == _unknown ? Vocabulary.IdOf(word[start..end]) ?? id : id, start, end));
            end = start;
        }
        pieces.Reverse();
        return [.. pieces];
    }

    private void Insert(string token, int id)
    {
        int node = 0;
        foreach (char c in token)
        {
            if (!_edges.TryGetValue(Edge(node, c), out int next))
            {
                _edges[Edge(node, c)] = next = _ends.Count;
                _ends.Add(-1);
            }
            node = next;
        }
        _ends[node] = id;
    }

    private static long Edge(int node, char c) => (long)node << 16 | c;
}
