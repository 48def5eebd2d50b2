using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Squad;

/// <summary>
/// <c>squad</c> and <c>squad2</c>: versions 1.1 and 2.0 of SQuAD, from their official files in the folder <c>squad</c> of <see cref="DataFolder"/>. The test split is the
/// official dev set, which is what papers report; the validation split is a twentieth of the training articles.
/// </summary>
/// <remarks>Those articles are the ones whose title has the lowest <see cref="StableHash"/>, so no text of theirs is trained on, as none of the dev set's is.</remarks>
internal sealed class SquadTask : ITask
{
    /// <summary>The folder that its files lie in.</summary>
    public const string Folder = "squad";

    private const string Second = "squad2";
    private const int Share = 20;

    private readonly string _folder;
    private readonly Dictionary<Split, IReadOnlyList<Example>> _read = [];

    private SquadTask(string name, string data) => (Name, _folder) = (name, Path.Combine(data, Folder));

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["squad", Second];

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TaskKind Kind => TaskKind.Span;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => ["exact match", "f1"];

    /// <inheritdoc/>
    public SpanRules Spans => new(MayBeMissing: Name == Second);

    /// <summary>Opens a task; a file is read when it is first asked for.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="data">The folder that holds <c>squad</c>; null for that of <see cref="DataFolder"/>.</param>
    public static SquadTask Open(string name, string? data = null) => new(name, data ?? DataFolder.Path);

    /// <inheritdoc/>
    /// <exception cref="KitException">A file is missing or malformed; the message says which, where it was looked for, and where SQuAD comes from.</exception>
    public IReadOnlyList<Example> Examples(Split which)
    {
        lock (_read)
        {
            if (_read.TryGetValue(which, out var known)) return known;
            if (which == Split.Test) _read[which] = [.. Read("dev").SelectMany(a => a.Questions)];
            else (_read[Split.Train], _read[Split.Validation]) = Part(Read("train"));
            return _read[which];
        }
    }

    private (IReadOnlyList<Example> Train, IReadOnlyList<Example> Validation) Part(IReadOnlyList<SquadArticle> articles)
    {
        string[] titles = [.. articles.Select(a => a.Title).Distinct().OrderBy(StableHash.Of)];
        if (titles.Length < 2) throw new KitException($"The training file of '{Name}' has one article, which cannot be parted into training and validation. Is this the whole file?");
        var held = titles.Take(Math.Max(1, titles.Length / Share)).ToHashSet();
        return ([.. articles.Where(a => !held.Contains(a.Title)).SelectMany(a => a.Questions)], [.. articles.Where(a => held.Contains(a.Title)).SelectMany(a => a.Questions)]);
    }

    private IReadOnlyList<SquadArticle> Read(string part)
    {
        string name = $"{part}-v{(Name == Second ? "2.0" : "1.1")}.json", file = Path.Combine(_folder, name);
        return File.Exists(file) ? SquadFile.Read(file, Spans.MayBeMissing) : throw new KitException(
            $"'{Name}' needs {name} in {_folder}, and {(Directory.Exists(_folder) ? "does not find it there" : "there is no such folder")}. Fetch it with ./kit data get {Name}, "
            + $"or get it from https://rajpurkar.github.io/SQuAD-explorer and lay it there, or name with {DataFolder.Variable}=/path a folder that has {Folder}/{name}.");
    }
}
