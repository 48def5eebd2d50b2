namespace ResearchKit.Text;

/// <summary>
/// Byte-pair merging (Sennrich et al. 2016, arXiv 1508.07909): of all neighbouring pairs the one that was learned first is
/// joined, the leftmost where it stands several times, until none is left. A linked list and a heap make that n log n in the
/// length of the word, so that a megabyte without a space is no trap.
/// </summary>
internal sealed class BytePairMerges
{
    private readonly Dictionary<long, (int Rank, int Id)> _merges;

    /// <param name="merges">Left id, right id and the id of both together, in the order learned. No pair comes twice.</param>
    public BytePairMerges(IEnumerable<(int Left, int Right, int Merged)> merges) =>
        _merges = merges.Select((m, rank) => (Key: Key(m.Left, m.Right), Value: (rank, m.Merged))).ToDictionary(m => m.Key, m => m.Value);

    /// <summary>Merges in place and returns how many symbols are left at the front of <paramref name="symbols"/>.</summary>
    public int Merge(Span<int> symbols)
    {
        int count = symbols.Length;
        if (count < 2)
            return count;
        int[] previous = new int[count], next = new int[count];
        var heap = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (int i = 0; i < count; i++)
            (previous[i], next[i]) = (i - 1, i + 1);
        for (int i = 0; i + 1 < count; i++)
            Offer(heap, symbols, i, i + 1);

        while (heap.TryDequeue(out var pair, out _))
        {
            int at = pair.At, right = next[at];
            // A pair whose symbols have changed since it was offered is stale; -1 marks a symbol that was swallowed.
            if (symbols[at] != pair.Left || right >= symbols.Length || symbols[right] != pair.Right)
                continue;
            symbols[at] = _merges[Key(pair.Left, pair.Right)].Id;
            symbols[right] = -1;
            next[at] = next[right];
            if (next[at] < symbols.Length)
            {
                previous[next[at]] = at;
                Offer(heap, symbols, at, next[at]);
            }
            if (previous[at] >= 0)
                Offer(heap, symbols, previous[at], at);
        }

        int kept = 0;
        for (int i = 0; i < symbols.Length; i = next[i])
            symbols[kept++] = symbols[i];
        return kept;
    }

    private void Offer(PriorityQueue<(int, int, int), (int, int)> heap, ReadOnlySpan<int> symbols, int at, int right)
    {
        if (_merges.TryGetValue(Key(symbols[at], symbols[right]), out var merge))
            heap.Enqueue((at, symbols[at], symbols[right]), (merge.Rank, at));
    }

    private static long Key(int left, int right) => (long)left << 32 | (uint)right;
}
