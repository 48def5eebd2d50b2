namespace ResearchKit.Data;

/// <summary>
/// Which rows make which batch. Rows of similar length come together, so that little is padded, and still each epoch is another
/// shuffle: a pure function of lengths, seed and epoch, by the kit's own random numbers, so that it never changes.
/// </summary>
/// <remarks>
/// The rows are shuffled and dealt into pools of several batches; each pool is sorted by length (rows of the same length keep the
/// shuffled order) and cut into batches; at last the batches are shuffled. Nothing is dropped: one batch may be smaller.
/// </remarks>
internal static class BatchOrder
{
    /// <summary>The batches of an epoch: indices of rows.</summary>
    /// <param name="lengths">Length of each row.</param>
    /// <param name="settings">Rows of a batch, seed, pool.</param>
    /// <param name="epoch">From 0.</param>
    public static int[][] Of(ReadOnlySpan<int> lengths, BatchSettings settings, int epoch)
    {
        int[] rows = [.. Enumerable.Range(0, lengths.Length)];
        if (!settings.Shuffle)
            return [.. rows.Chunk(settings.Rows)];
        var random = new StableRandom((ulong)(uint)settings.Seed << 32 | (uint)epoch);
        random.Shuffle<int>(rows);
        int pool = (int)Math.Min(lengths.Length, (long)settings.Rows * settings.Pool);
        for (int start = 0; start < rows.Length; start += pool)
            SortByLength(rows.AsSpan(start, Math.Min(pool, rows.Length - start)), lengths);
        int[][] batches = [.. rows.Chunk(settings.Rows)];
        random.Shuffle<int[]>(batches);
        return batches;
    }

    /// <summary>All rows, longest first, in batches: the first one shows whether the memory suffices.</summary>
    public static int[][] Sorted(ReadOnlySpan<int> lengths, int rowsPerBatch)
    {
        int[] rows = [.. Enumerable.Range(0, lengths.Length)];
        SortByLength(rows, lengths);
        rows.AsSpan().Reverse();
        return [.. rows.Chunk(rowsPerBatch)];
    }

    /// <summary>Sorts rows by length; those of the same length stay in the order they came in.</summary>
    private static void SortByLength(Span<int> rows, ReadOnlySpan<int> lengths)
    {
        var keys = new (int Length, int Place)[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            keys[i] = (lengths[rows[i]], i);
        keys.AsSpan().Sort(rows);
    }
}
