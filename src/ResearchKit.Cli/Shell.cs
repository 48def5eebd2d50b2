namespace ResearchKit.Cli;

/// <summary>Words for a shell to read.</summary>
internal static class Shell
{
    /// <summary>The word as it is, or in quotes where it needs them.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "/._-=:,+@%".Contains(c)) ? word : $"'{word.Replace("'", @"'\''")}'";
}
