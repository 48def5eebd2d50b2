namespace ResearchKit.Evaluation;

/// <summary>
/// The best that a model could score if one knew from which lead of "no answer" on to believe it: the search of SQuAD 2.0's official script
/// (Rajpurkar et al., arXiv 1806.03822).
/// </summary>
internal static class NoAnswerThreshold
{
    /// <summary>The best mean score, and a threshold that gives it: a question is answered where its lead is not above.</summary>
    /// <param name="leads">For each question how much more "no answer" scores than the best answer.</param>
    /// <param name="answered">What it counts where the answer is given.</param>
    /// <param name="blank">What it counts where none is given: 1 where there is none, else 0.</param>
    /// <returns>Of equal scores the lowest threshold; where it is best to answer nothing, one below every lead.</returns>
    public static (double Score, double Threshold) Best(IReadOnlyList<double> leads, IReadOnlyList<double> answered, IReadOnlyList<double> blank)
    {
        int[] order = [.. Enumerable.Range(0, leads.Count).OrderBy(i => leads[i])];
        double sum = blank.Sum(), best = sum, threshold = Math.BitDecrement(leads[order[0]]);
        for (int k = 0; k < order.Length; k++)
        {
            sum += answered[order[k]] - blank[order[k]];
            bool tied = k + 1 < order.Length && leads[order[k + 1]] == leads[order[k]];   // no threshold parts equals
            if (!tied && sum > best) (best, threshold) = (sum, leads[order[k]]);
        }
        return (best / leads.Count, threshold);
    }
}
