namespace ResearchKit;

/// <summary>Finds the name that a mistyped one most likely meant.</summary>
public static class Nearest
{
    /// <summary>The candidate with the smallest edit distance to the name, or null when none is near (more than a third of the letters differ).</summary>
    public static string? To(string name, IEnumerable<string> candidates)
    {
        var best = candidates.Select(c => (Candidate: c, Distance: Distance(name.ToLowerInvariant(), c.ToLowerInvariant())))
            .OrderBy(c => c.Distance).ThenBy(c => c.Candidate, StringComparer.Ordinal).FirstOrDefault();
        return best.Candidate is not null && best.Distance <= Math.Max(2, Math.Max(name.Length, best.Candidate.Length) / 3) ? best.Candidate : null;
    }

    /// <summary>Levenshtein distance: the insertions, deletions and substitutions that turn one text into the other.</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
