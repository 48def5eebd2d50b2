using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Jupyter;

/// <summary>What Jupyter reads to know the kit's kernel and how to start it.</summary>
public static class KernelSpec
{
    /// <summary>The name that C# notebooks ask for, those made in Polyglot too; so they open without a question.</summary>
    public const string Name = ".net-csharp";

    /// <summary>The name in Jupyter's menus.</summary>
    public const string DisplayName = ".NET (C#), ResearchKit";

    /// <summary>Writes the kernel's description where Jupyter looks for it.</summary>
    /// <param name="prefix">A folder such as <c>/usr/local</c> or a virtual environment's; null for the user's own place.</param>
    /// <returns>The folder it stands in.</returns>
    /// <exception cref="KitException">Another program's kernel of that name stands there, or it cannot be written.</exception>
    public static string Install(string? prefix)
    {
        var folder = Path.Combine(prefix is null ? UserData() : Path.Combine(Path.GetFullPath(prefix), "share", "jupyter"), "kernels", Name);
        var file = Path.Combine(folder, "kernel.json");
        if (File.Exists(file) && !IsOurs(file))
            throw new KitException($"{file} belongs to another program's kernel of that name. Remove it first (jupyter kernelspec remove {Name}), or install elsewhere with --prefix.");
        var spec = new JsonObject
        {
            ["argv"] = new JsonArray([.. Command().Select(part => JsonValue.Create(part))]),
            ["display_name"] = DisplayName,
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
            ["metadata"] = new JsonObject { ["researchkit"] = true },
        };
        AtomicFile.WriteText(file, spec.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        return folder;
    }

    private static bool IsOurs(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file))?["metadata"]?["researchkit"] is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The start script, which sets up what a run needs and builds what has changed; outside of a clone, the program itself.</summary>
    private static IEnumerable<string> Command()
    {
        string[] program = KitFolder.Path is { } folder && !OperatingSystem.IsWindows() ? [Path.Combine(folder, "kit")] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "kit.dll")];
        return [.. program, "notebook", "kernel", "{connection_file}"];
    }

    private static string UserData()
    {
        if (Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } chosen) return chosen;
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS()) return Path.Combine(home, "Library", "Jupyter");
        return Path.Combine(Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data ? data : Path.Combine(home, ".local", "share"), "jupyter");
    }
}
