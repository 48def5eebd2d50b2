namespace ResearchKit.Checkpoints;

/// <summary>Lists of names in messages: sorted, and cut where a longer one would tell no more than its beginning and its length.</summary>
internal static class NameList
{
    /// <summary>Names shown of a list.</summary>
    public const int Shown = 20;

    /// <summary><c>Missing (3): 'a', 'b' (is it 'd'?), 'c'.</c></summary>
    /// <param name="title">What the names have in common.</param>
    /// <param name="names">The names, in any order.</param>
    /// <param name="near">Where the nearest name is looked for; none when null.</param>
    public static string Of(string title, IReadOnlyCollection<string> names, IReadOnlyCollection<string>? near = null)
    {
        var shown = names.Order(StringComparer.Ordinal).Take(Shown)
            .Select(name => near is not null && Nearest.To(name, near) is { } other ? $"'{name}' (is it '{other}'?)" : $"'{name}'");
        return $"{title} ({names.Count}): {string.Join(", ", shown)}{(names.Count > Shown ? $", and {names.Count - Shown} more" : "")}.";
    }
}
