namespace ResearchKit;

/// <summary>The folder that this program was built in, with the script <c>kit</c>: a clone, or a bundle that <c>./kit bundle</c> made of one.</summary>
public static class KitFolder
{
    /// <summary>The folder in a bundle that holds .NET.</summary>
    public const string Runtime = "runtime";

    /// <summary>Its whole path; null where the program was carried away from it.</summary>
    public static string? Path { get; } = Above(AppContext.BaseDirectory);

    /// <summary>True in a bundle, which has its own .NET and is not built again.</summary>
    public static bool IsBundle => Path is { } path && Directory.Exists(System.IO.Path.Combine(path, Runtime));

    private static string? Above(string? folder)
    {
        while (folder is not null && !(File.Exists(System.IO.Path.Combine(folder, "ResearchKit.sln")) && File.Exists(System.IO.Path.Combine(folder, "kit"))))
            folder = System.IO.Path.GetDirectoryName(folder);
        return folder;
    }
}
