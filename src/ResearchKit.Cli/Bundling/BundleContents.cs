using System.IO.Enumeration;

namespace ResearchKit.Cli.Bundling;

/// <summary>
/// What goes into a bundle: the clone's own files, the programs and tests as they are built, and the .NET that runs them. Everything lies where it lies
/// in the clone, so that recipes, notebooks and tests find each other by the same paths; .NET is in <see cref="KitFolder.Runtime"/>.
/// libtorch, and the native part that is compiled for one libtorch, stay out.
/// </summary>
internal static class BundleContents
{
    // The project's own, and nothing else that may lie in a clone: data, runs, an environment of Python.
    private static readonly string[] s_project =
        ["kit", "README.md", "LICENSE", "ResearchKit.sln", "Directory.*.props", "Directory.*.targets", ".editorconfig", ".gitignore",
         ".ci", ".devcontainer", "benchmarks", "datasets", "docs", "notebooks", "src", "tests"];

    private static readonly string[] s_made = ["bin", "obj", "runs", "TestResults", "__pycache__", ".*_checkpoints", ".vs", ".vscode", "*.user", "*.failed.ipynb"];

    private static readonly string[] s_programs = ["src/ResearchKit.Cli/bin/Release/net10.0", "tests/ResearchKit.Tests/bin/Release/net10.0"];

    /// <summary>Every file, sorted by where it lies in the bundle.</summary>
    /// <param name="root">A clone that is built, or a bundle.</param>
    /// <param name="dotnet">The .NET to take along.</param>
    /// <exception cref="KitException">The programs or the tests are not built.</exception>
    public static IReadOnlyList<BundleFile> Of(string root, DotnetInstallation dotnet)
    {
        List<BundleFile> files = [];
        foreach (var entry in new DirectoryInfo(root).EnumerateFileSystemInfos().Where(e => Matches(s_project, e.Name)))
            files.AddRange(Below(entry, skip: e => Matches(s_made, e.Name)).Select(file => At(root, file)));
        foreach (var program in s_programs)
        {
            var folder = new DirectoryInfo(Path.Combine(root, program));
            if (!folder.Exists) throw new KitException($"{folder.FullName} is not there: the kit is not built whole. Run ./kit bundle, which builds it, and not the program by itself.");
            files.AddRange(Below(folder, IsNotForABundle).Select(file => At(root, file)));
        }
        files.AddRange(dotnet.Files().Select(file => new BundleFile($"{KitFolder.Runtime}/{Relative(dotnet.Root, file)}", file)));
        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    // Beside a program: others' documentation (the kit's own is what a notebook's kernel explains names with), other systems' programs, and what is compiled for one machine's libtorch.
    private static bool IsNotForABundle(FileSystemInfo entry) =>
        entry.Name.StartsWith("libresearchkit_torch.", StringComparison.Ordinal)
        || entry.Extension == ".xml" && !entry.Name.StartsWith("ResearchKit", StringComparison.Ordinal) && File.Exists(Path.ChangeExtension(entry.FullName, ".dll"))
        || Path.GetFileName(Path.GetDirectoryName(entry.FullName)) == "runtimes" && !entry.Name.StartsWith("linux", StringComparison.Ordinal);

    private static IEnumerable<string> Below(FileSystemInfo entry, Func<FileSystemInfo, bool> skip) =>
        entry is not DirectoryInfo folder ? [entry.FullName]
        : folder.EnumerateFileSystemInfos().Where(e => !skip(e)).SelectMany(e => Below(e, skip));

    private static bool Matches(string[] patterns, string name) => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));

    private static BundleFile At(string root, string file) => new(Relative(root, file), file);

    private static string Relative(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');
}
