namespace ResearchKit.Data.WordNet;

/// <summary>Where WordNet's files lie, and what their numbers stand for.</summary>
internal static class Files
{
    /// <summary>Debian's place.</summary>
    public const string Installed = "/usr/share/wordnet";

    private const string Remedy = "install it (apt-get install wordnet-base), or unpack WordNet 3.0 (WNdb-3.0.tar.gz or "
        + "WordNet-3.0.tar.gz) and set WORDNET=/path/to/dict";

    /// <summary>The ends of the file names, in the order of <see cref="PartOfSpeech"/>.</summary>
    public static readonly string[] Parts = ["noun", "verb", "adj", "adv"];

    /// <summary>The lexicographers' files by number (lexnames(5WN)).</summary>
    public static readonly string[] Lexicographers =
    [
        "adj.all", "adj.pert", "adv.all",
        "noun.Tops", "noun.act", "noun.animal", "noun.artifact", "noun.attribute", "noun.body", "noun.cognition", "noun.communication",
        "noun.event", "noun.feeling", "noun.food", "noun.group", "noun.location", "noun.motive", "noun.object", "noun.person",
        "noun.phenomenon", "noun.plant", "noun.possession", "noun.process", "noun.quantity", "noun.relation", "noun.shape", "noun.state",
        "noun.substance", "noun.time",
        "verb.body", "verb.change", "verb.cognition", "verb.communication", "verb.competition", "verb.consumption", "verb.contact",
        "verb.creation", "verb.emotion", "verb.motion", "verb.perception", "verb.possession", "verb.social", "verb.stative", "verb.weather",
        "adj.ppl",
    ];

    /// <summary>The folder: the one given, else what <c>WORDNET</c> names, else Debian's; its <c>dict</c> where it has one.</summary>
    /// <exception cref="KitException">There is none, or a file is missing.</exception>
    public static string FindFolder(string? folder)
    {
        string? variable = Environment.GetEnvironmentVariable("WORDNET");
        var (path, why) = folder is { Length: > 0 } ? (folder, "as was asked")
            : variable is { Length: > 0 } ? (variable, "as WORDNET says") : (Installed, "where Debian's wordnet-base puts it");
        if (!Directory.Exists(path))
            throw new KitException($"WordNet is not at {path} ({why}): {Remedy}.");
        if (!File.Exists(Path.Combine(path, "data.noun")) && Directory.Exists(Path.Combine(path, "dict")))
            path = Path.Combine(path, "dict");
        foreach (string name in Parts.SelectMany(p => new[] { $"data.{p}", $"index.{p}" }))
            if (!File.Exists(Path.Combine(path, name)))
                throw new KitException($"WordNet's folder {path} ({why}) lacks the file {name}: {Remedy}.");
        return path;
    }

    /// <summary>What to do about a damaged file.</summary>
    public static string Reinstall => "The file is damaged or cut short; install wordnet-base again, or unpack WordNet 3.0 anew.";
}
