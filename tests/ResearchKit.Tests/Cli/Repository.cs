namespace ResearchKit.Tests.Cli;

/// <summary>Where the sources stand that this test was built from, in a clone or a bundle.</summary>
internal static class Repository
{
    public static string Root { get; } = KitFolder.Path ?? throw new InvalidOperationException("The tests no longer lie in the folder that they were built in.");
}
