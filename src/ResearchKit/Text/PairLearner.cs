using System.Runtime.InteropServices;

namespace ResearchKit.Text;

/// <summary>
/// Learns which pairs to join (Sennrich et al. 2016): the most frequent pair of neighbouring symbols becomes a symbol, again and
/// again. Pair counts are kept up to date rather than counted anew, and a heap finds the next pair.
/// </summary>
/// <remarks>
/// Deterministic whatever the order of the texts: among pairs of the same count the one with the lower left id comes first, then
/// the one with the lower right id. (Hugging Face's trainers use the same rule.)
/// </remarks>
internal sealed class PairLearner
{
    private readonly List<(int[] Symbols, int Length, long Count)> _words;
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), List<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Less, int Left, int Right)> _heap = new();
    private readonly HashSet<(int Left, int Right)> _grown = [];

    /// <param name="words">Each word's symbols, and how often the word comes.</param>
    public PairLearner(IEnumerable<(int[] Symbols, long Count)> words)
    {
        _words = [.. words.Select(w => (w.Symbols, w.Symbols.Length, w.Count))];
        for (int w = 0; w < _words.Count; w++)
            for (int i = 0; i + 1 < _words[w].Length; i++)
                Grow(_words[w].Symbols[i], _words[w].Symbols[i + 1], w, _words[w].Count);
        OfferGrown();
    }

    /// <summary>The next pair, or null when none comes at least that often.</summary>
    public (int Left, int Right)? Next(long minimumCount)
    {
        while (_heap.TryDequeue(out var pair, out var priority))
        {
            long count = _counts[pair], offered = -priority.Less;
            if (count < minimumCount)
                continue;
            if (count == offered)
                return pair;
            // The count has fallen since; higher ones were offered anew when they rose.
            if (count < offered)
                _heap.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
        return null;
    }

    /// <summary>Joins a pair wherever it stands.</summary>
    public void Join((int Left, int Right) pair, int joined)
    {
        var places = _places[pair];
        _places.Remove(pair);
        var words = CollectionsMarshal.AsSpan(_words);
        int last = -1;
        foreach (int w in places)
        {
            if (w != last) // A word with the pair twice is listed twice, in a row; the second time nothing is left to join.
                JoinIn(ref words[w], w, pair, joined);
            last = w;
        }
        _counts[pair] = 0;
        OfferGrown();
    }

    private void JoinIn(ref (int[] Symbols, int Length, long Count) word, int w, (int Left, int Right) pair, int joined)
    {
        var symbols = word.Symbols;
        int kept = 0;
        for (int i = 0; i < word.Length; kept++)
        {
            if (i + 1 >= word.Length || symbols[i] != pair.Left || symbols[i + 1] != pair.Right)
            {
                symbols[kept] = symbols[i++];
                continue;
            }
            if (kept > 0)
            {
                Shrink(symbols[kept - 1], pair.Left, word.Count);
                Grow(symbols[kept - 1], joined, w, word.Count);
            }
            i += 2;
            if (i < word.Length)
            {
                Shrink(pair.Right, symbols[i], word.Count);
                Grow(joined, symbols[i], w, word.Count);
            }
            symbols[kept] = joined;
        }
        word.Length = kept;
    }

    private void Grow(int left, int right, int word, long by)
    {
        var pair = (left, right);
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += by;
        ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _);
        (places ??= []).Add(word);
        _grown.Add(pair);
    }

    private void Shrink(int left, int right, long by) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, (left, right), out _) -= by;

    private void OfferGrown()
    {
        foreach (var pair in _grown)
            if (_counts[pair] is > 0 and var count)
                _heap.Enqueue(pair, (-count, pair.Left, pair.Right));
        _grown.Clear();
    }
}
