using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace ResearchKit.Notebooks.Running;

/// <summary>Finds what <c>#r</c> names: a file, by the notebook's folder or else the working directory, or an assembly of .NET or of the program.</summary>
internal sealed class ReferenceResolver(string folder, InteractiveAssemblyLoader loader) : MetadataReferenceResolver
{
    private static readonly ConcurrentDictionary<string, PortableExecutableReference> Known = new();

    public override bool ResolveMissingAssemblies => true;

    /// <summary>The file a reference names, or null.</summary>
    /// <exception cref="KitException">The file is no assembly, or another build of one the program has.</exception>
    public string? Find(string reference)
    {
        var file = new[] { folder, Directory.GetCurrentDirectory() }.Select(place => Path.GetFullPath(reference, place)).FirstOrDefault(File.Exists);
        if (file is not null) return HostAssemblies.Own(file);
        bool isName = !reference.Contains('/') && !reference.Contains('\\');
        return isName ? HostAssemblies.Find(reference.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? reference[..^4] : reference) : null;
    }

    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties) =>
        Find(reference) is { } file ? [Reference(file).WithProperties(properties)] : [];

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity)
    {
        var beside = definition is PortableExecutableReference { FilePath: { } path } ? Path.Combine(Path.GetDirectoryName(path)!, referenceIdentity.Name + ".dll") : "";
        var file = HostAssemblies.Find(referenceIdentity.Name) ?? (File.Exists(beside) ? beside : null);
        return file is null ? null : Reference(file);
    }

    private PortableExecutableReference Reference(string file)
    {
        if (HostAssemblies.Load(file) is { } own) loader.RegisterDependency(own);
        return Known.GetOrAdd(file, static file => MetadataReference.CreateFromFile(file, documentation: new Documentation(Path.ChangeExtension(file, ".xml"))));
    }

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
