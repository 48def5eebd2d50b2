namespace ResearchKit.Text;

/// <summary>
/// Byte-pair merging (Sennrich et al. 2016, arXiv 1508.07909): of all neighbouring pairs the one of the lowest rank is joined, the
/// leftmost where it stands several times, until none is left. A linked list and a heap make that n log n in the length of the word,
/// so that a megabyte without a space is no trap.
/// </summary>
internal sealed class BytePairMerges
{
    private readonly Dictionary<long, (int Rank, int Id)> _merges;

    /// <param name="merges">Left id, right id, rank and the id of both together. No pair comes twice.</param>
    public BytePairMerges(IEnumerable<(int Left, int Right, int Rank, int Merged)> merges) =>
        _merges = merges.ToDictionary(m => Key(m.Left, m.Right), m => (m.Rank, m.Merged));

    /// <summary>Merges in place and returns how many pieces are left at the front of <paramref name="pieces"/>.</summary>
    public int Merge(Span<Piece> pieces)
    {
        int count = pieces.Length;
        if (count < 2)
            return count;
        int[] previous = new int[count], next = new int[count];
        var heap = new PriorityQueue<(int At, int Id), long>(count); // by rank, then by place
        for (int i = 0; i < count; i++)
            (previous[i], next[i]) = (i - 1, i + 1);
        for (int i = 0; i + 1 < count; i++)
            Offer(heap, pieces, i, i + 1);

        while (heap.TryDequeue(out var pair, out _))
        {
            int at = pair.At, right = next[at];
            // Stale unless the pair that stands there now still joins to the same; -1 marks a piece that was swallowed.
            if (pieces[at].Id < 0 || right >= count || !_merges.TryGetValue(Key(pieces[at].Id, pieces[right].Id), out var merge) || merge.Id != pair.Id)
                continue;
            pieces[at] = new(merge.Id, pieces[at].Start, pieces[right].End);
            pieces[right] = new(-1, 0, 0);
            next[at] = next[right];
            if (previous[at] >= 0)
                Offer(heap, pieces, previous[at], at);
            if (next[at] < count)
            {
                previous[next[at]] = at;
                Offer(heap, pieces, at, next[at]);
            }
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i])
            pieces[kept++] = pieces[i];
        return kept;
    }

    private void Offer(PriorityQueue<(int, int), long> heap, ReadOnlySpan<Piece> pieces, int at, int right)
    {
        if (_merges.TryGetValue(Key(pieces[at].Id, pieces[right].Id), out var merge))
            heap.Enqueue((at, merge.Id), Key(merge.Rank, at));
    }

    private static long Key(int high, int low) => (long)high << 32 | (uint)low;
}
