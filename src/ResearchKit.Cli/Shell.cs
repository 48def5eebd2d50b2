namespace ResearchKit.Cli;

/// <summary>Words for a shell to read.</summary>
internal static class Shell
{
    /// <summary>The words that start this program again: dotnet and the assembly, which are the same when the kit is a part of another process.</summary>
    public static IReadOnlyList<string> Kit
    {
        get
        {
            var host = Environment.ProcessPath;
            return [Path.GetFileNameWithoutExtension(host) == "dotnet" ? host! : "dotnet", typeof(Shell).Assembly.Location];
        }
    }

    /// <summary>The word as it is, or in quotes where it needs them.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "/._-=:,+@%".Contains(c)) ? word : $"'{word.Replace("'", @"'\''")}'";
}
