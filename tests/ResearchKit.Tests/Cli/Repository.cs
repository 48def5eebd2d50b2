namespace ResearchKit.Tests.Cli;

/// <summary>Where the sources stand that this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "ResearchKit.sln")) ? folder : Find(Path.GetDirectoryName(folder.TrimEnd('/', '\\'))!);
}
