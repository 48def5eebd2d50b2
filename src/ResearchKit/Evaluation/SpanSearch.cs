namespace ResearchKit.Evaluation;

/// <summary>The likeliest stretch of a row, from the logits of its first and of its last token.</summary>
internal static class SpanSearch
{
    /// <summary>
    /// The pair of the largest sum of logits among the likeliest first tokens and the likeliest last ones, where the last is not before the first and the two are
    /// not too far apart. Of equals the one that begins first, then the one that ends first.
    /// </summary>
    /// <param name="starts">[T] logits of the first token.</param>
    /// <param name="ends">[T] logits of the last token.</param>
    /// <param name="from">The first position that may be either.</param>
    /// <param name="to">One past the last.</param>
    /// <param name="nBest">How many of the likeliest are put together.</param>
    /// <param name="mostTokens">Tokens of the longest stretch.</param>
    /// <returns>Null where no pair is allowed.</returns>
    public static (int Start, int End, double Score)? Best(ReadOnlySpan<float> starts, ReadOnlySpan<float> ends, int from, int to, int nBest, int mostTokens)
    {
        (int Start, int End, double Score)? best = null;
        int[] last = Largest(ends, from, to, nBest);
        foreach (int start in Largest(starts, from, to, nBest))
            foreach (int end in last)
            {
                if (end < start || end - start >= mostTokens) continue;
                double score = (double)starts[start] + ends[end];
                if (best is not { } known || score > known.Score || (score == known.Score && (start, end).CompareTo((known.Start, known.End)) < 0)) best = (start, end, score);
            }
        return best;
    }

    // Positions of the n largest values, the first of equals first: one look at most of them, because few are among the n largest seen so far.
    private static int[] Largest(ReadOnlySpan<float> values, int from, int to, int n)
    {
        var found = new int[Math.Clamp(to - from, 0, n)];
        int count = 0;
        for (int i = from; i < to; i++)
        {
            if (count == found.Length && !(values[i] > values[found[count - 1]])) continue;
            int at = count < found.Length ? count++ : count - 1;
            for (; at > 0 && values[i] > values[found[at - 1]]; at--) found[at] = found[at - 1];
            found[at] = i;
        }
        return found;
    }
}
