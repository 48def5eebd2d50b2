namespace ResearchKit.Models;

/// <summary>Which layers of a teacher a student starts from: for each of its layers the index of the teacher's, from 0.</summary>
public static class LayerMap
{
    /// <summary>The names of the rules, as recipes write them.</summary>
    public static IReadOnlyList<string> Rules { get; } = ["first", "last", "every-other", "spread"];

    /// <summary>The layers that a rule keeps.</summary>
    /// <param name="rule"><c>first</c>: 0, 1, 2, …; <c>last</c>: the topmost; <c>every-other</c>: 0, 2, 4, …; <c>spread</c>: evenly
    /// spaced up to the topmost (of 12, three are 3, 7 and 11), as Patient KD's "skip" (Sun et al., arXiv 1908.09355).</param>
    /// <param name="of">The teacher's layers.</param>
    /// <param name="count">The student's layers; null for all that the rule gives.</param>
    /// <exception cref="KitException">The rule is unknown, or cannot give that many.</exception>
    public static int[] Of(string rule, int of, int? count = null)
    {
        int most = rule == "every-other" ? (of + 1) / 2 : of;
        int n = count ?? most;
        if (n < 1 || n > most)
            throw new KitException($"A student of {n} layers cannot start from {(rule == "every-other" ? "every other layer" : "the layers")} of a teacher "
                + $"with {of}: there are {most} to be had. Choose from 1 to {most} layers, or give the map.");
        return rule switch
        {
            "first" => [.. Enumerable.Range(0, n)],
            "last" => [.. Enumerable.Range(of - n, n)],
            "every-other" => [.. Enumerable.Range(0, n).Select(i => 2 * i)],
            "spread" => [.. Enumerable.Range(1, n).Select(i => i * of / n - 1)],
            _ => throw new KitException($"There is no rule '{rule}' to keep layers by. Choose one of {string.Join(", ", Rules)}."),
        };
    }

    /// <summary>Refuses a map that asks for layers the teacher lacks.</summary>
    /// <exception cref="KitException">It is empty, or an index is out of range; the message names it.</exception>
    public static void Check(IReadOnlyList<int> map, int of)
    {
        if (map.Count == 0) throw new KitException($"The layer map is empty. Give for each of the student's layers the teacher's, from 0 to {of - 1}.");
        foreach (int layer in map)
            if (layer < 0 || layer >= of)
                throw new KitException($"The layer map {string.Join(", ", map)} asks for layer {layer} of the teacher, which has the layers 0 to {of - 1}.");
    }
}
