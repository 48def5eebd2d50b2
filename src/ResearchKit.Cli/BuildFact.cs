using System.Reflection;

namespace ResearchKit.Cli;

/// <summary>What Directory.Build.targets wrote into the program of how it was built.</summary>
internal static class BuildFact
{
    /// <summary>One of KitPackages, KitTorchRuntime and KitPackagesWhy; empty where the build said nothing.</summary>
    public static string Of(string key) =>
        typeof(BuildFact).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(fact => fact.Key == key)?.Value ?? "";
}
