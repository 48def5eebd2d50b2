using System.Text.Json.Nodes;
using ResearchKit.Checkpoints.Hub;

namespace ResearchKit.Data;

/// <summary>Something that a data set's files come in.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="File">Its name, its SHA-256 and its size, as published.</param>
internal sealed record DataSource(Uri Address, HubFile File)
{
    /// <summary>Whether it is an archive; else it is one of the set's files.</summary>
    public bool IsArchive => File.Name.EndsWith(".zip", StringComparison.Ordinal);
}

/// <summary>Where a data set comes from: the part of its card in <c>datasets/</c> that the kit reads.</summary>
/// <param name="Folder">The folder that it lies in, here and in its archive.</param>
/// <param name="Files">Names of its files.</param>
/// <param name="Sources">What they come in.</param>
internal sealed record DataCard(string Folder, IReadOnlyList<string> Files, IReadOnlyList<DataSource> Sources)
{
    /// <summary>The card of a data set of GLUE, by its folder.</summary>
    public static DataCard Glue(string folder) => Of("glue", folder);

    /// <summary>The card of a version of SQuAD, by its task.</summary>
    public static DataCard Squad(string task) => Of("squad", task);

    private static DataCard Of(string card, string archive)
    {
        using var stream = typeof(DataCard).Assembly.GetManifestResourceStream($"ResearchKit.Data.{card}.json")!;
        using var reader = new StreamReader(stream);
        return Read(reader.ReadToEnd(), archive);
    }

    /// <summary>Reads what a card says of one of its archives.</summary>
    /// <param name="json">The card.</param>
    /// <param name="folder">The archive's folder.</param>
    public static DataCard Read(string json, string folder)
    {
        var archive = JsonNode.Parse(json)!["archives"]![folder]!;
        return new(folder, [.. archive["files"]!.AsArray().Select(f => f!.GetValue<string>())], [.. archive["downloads"]!.AsArray().Select(d => new DataSource(
            new Uri(d!["url"]!.GetValue<string>()), new HubFile(d["name"]!.GetValue<string>(), d["sha256"]!.GetValue<string>(), d["bytes"]!.GetValue<long>())))]);
    }
}
