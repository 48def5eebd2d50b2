using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ResearchKit.Notebooks.Running;

/// <summary>The assemblies of the program that runs the cells. A cell that names one of them gets the program's own, for two copies of a type are two types.</summary>
internal static class HostAssemblies
{
    private static readonly Dictionary<string, string> Paths = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).GroupBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase)
        .ToDictionary(paths => paths.Key, paths => paths.First(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Where an assembly of the program stands; null where the program has none of that name.</summary>
    public static string? Find(string simpleName) => Paths.GetValueOrDefault(simpleName);

    /// <summary>The file that a reference to a file means: the program's own assembly of that name, if there is one and it is the same build.</summary>
    /// <exception cref="KitException">It is no .NET assembly, or another build of one the program has.</exception>
    public static string Own(string path)
    {
        var (name, build) = Identify(path);
        if (Find(name) is not { } own || own == Path.GetFullPath(path)) return path;
        if (Identify(own).Build != build)
            throw new KitException($"{path} is another build of {name} than the one that runs this notebook ({own}), and the two would not know each other's types. "
                + "Build anew (./kit doctor does) and reference the Release build, or run the notebook with the program beside that file.");
        return own;
    }

    private static (string Name, Guid Build) Identify(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var file = new PEReader(stream);
            if (file.HasMetadata)
            {
                var metadata = file.GetMetadataReader();
                if (metadata.IsAssembly) return (metadata.GetString(metadata.GetAssemblyDefinition().Name), metadata.GetGuid(metadata.GetModuleDefinition().Mvid));
            }
        }
        catch (BadImageFormatException e)
        {
            throw new KitException($"{path} is no .NET assembly: {e.Message.TrimEnd('.')}. Reference a .dll that .NET built.", e);
        }
        throw new KitException($"{path} is no .NET assembly. Reference a .dll that .NET built.");
    }

    /// <summary>Loads the program's own assembly of a file, or null where the file is not the program's.</summary>
    public static Assembly? Load(string path) =>
        Find(Path.GetFileNameWithoutExtension(path)) == path ? System.Runtime.Loader.AssemblyLoadContext.Default.LoadFromAssemblyPath(path) : null;
}
