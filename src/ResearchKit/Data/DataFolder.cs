namespace ResearchKit.Data;

/// <summary>Where data sets lie that are not the kit's own.</summary>
public static class DataFolder
{
    /// <summary>The variable that names the folder.</summary>
    public const string Variable = "KIT_DATA";

    /// <summary>The folder that <see cref="Variable"/> names, else <c>researchkit/data</c> in the user's cache.</summary>
    public static string Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : System.IO.Path.Combine(Cache, "data");

    /// <summary>The kit's part of the user's cache: what can be fetched or computed again.</summary>
    internal static string Cache => System.IO.Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "researchkit");
}
