using System.Globalization;
using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Glue;

/// <summary>
/// The tasks of GLUE, from its official files. Under its own name (<c>sst2</c>) a task has the official splits: validation is the dev set, and
/// the test set has no labels (-1), which only GLUE's server knows. With <c>-local</c> behind it (<c>sst2-local</c>) the dev set is what results
/// are reported on, and settings and checkpoints are chosen by a twentieth of the training rows, at most 5,000: a choice by the rows
/// that are reported would flatter.
/// </summary>
/// <remarks>
/// <para>The twentieth are the rows whose first text has the lowest <see cref="StableHash"/>. So no text of it is trained on, nor, in
/// pairs, a premise or question; but SST-2's training rows are phrases of sentences, of which one may be here and others there:
/// its validation rows are easier than its test rows, and good for choosing only.</para>
/// <para>MRPC's test labels are public in the files of its authors: <c>mrpc-local</c> trains on their training set and reports on their test set.</para>
/// </remarks>
internal sealed class GlueTask : ITask
{
    private const string Local = "-local";

    private readonly GlueFormat _format;
    private readonly string _folder;
    private readonly bool _local;
    private readonly Dictionary<Split, IReadOnlyList<Example>> _read = [];

    private GlueTask(string name, string data)
    {
        Name = name;
        _local = name.EndsWith(Local, StringComparison.Ordinal);
        _format = FormatOf(name)!;
        _folder = Path.Combine(data, "glue", _format.Folder);
    }

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. GlueFormat.All.Keys.SelectMany(n => (string[])[n, n + Local])];

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TaskKind Kind => _format.Second is null ? TaskKind.Classification : TaskKind.Pair;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels => _format.Labels.Length > 0 ? _format.Labels : ["score"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => _format.Metrics;

    /// <summary>Opens a task; a split is read when it is first asked for.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="data">The folder that holds <c>glue</c>; null for that of <see cref="DataFolder"/>.</param>
    public static GlueTask Open(string name, string? data = null) => new(name, data ?? DataFolder.Path);

    /// <summary>The format of a task by its name, with <c>-local</c> or without; null for a task that is not GLUE's.</summary>
    public static GlueFormat? FormatOf(string name) => GlueFormat.All.GetValueOrDefault(Official(name));

    /// <summary>The name of the same task with the official splits.</summary>
    public static string Official(string name) => name.EndsWith(Local, StringComparison.Ordinal) ? name[..^Local.Length] : name;

    /// <inheritdoc/>
    /// <exception cref="KitException">A file is missing or malformed; the message says which, where it was looked for, and where GLUE comes from.</exception>
    public IReadOnlyList<Example> Examples(Split which)
    {
        lock (_read)
        {
            if (_read.TryGetValue(which, out var known)) return known;
            if (!_local) _read[which] = Read(_format.Sources(which), labelled: which != Split.Test);
            else if (which == Split.Test) _read[which] = Read(_format.LocalSources(reported: true), labelled: true);
            else (_read[Split.Train], _read[Split.Validation]) = Part(Read(_format.LocalSources(reported: false), labelled: true));
            return _read[which];
        }
    }

    private (TextExample[] Train, TextExample[] Validation) Part(TextExample[] all)
    {
        ulong[] keys = [.. all.Select(e => StableHash.Of(e.Text))];
        ulong last = keys.Order().ElementAt(Math.Clamp(all.Length / 20, 1, 5000) - 1);
        if (keys.Max() == last) throw new KitException($"The {all.Length} training rows of '{Name}' have too few first texts to be parted into training and validation. Is this the whole file?");
        return ([.. all.Where((_, i) => keys[i] > last)], [.. all.Where((_, i) => keys[i] <= last)]);
    }

    private TextExample[] Read(GlueSource[] sources, bool labelled)
    {
        var source = sources.FirstOrDefault(s => s.Needed.All(f => File.Exists(At(f)))) ?? throw new KitException(
            $"'{Name}' needs {string.Join(", or ", sources.Select(s => s))} in {_folder}, and {(Directory.Exists(_folder) ? "does not find it there" : "there is no such folder")}. "
            + $"Fetch it with ./kit data get {Official(Name)}, or get {_format.Folder} from https://gluebenchmark.com/tasks and unpack it into {Path.GetDirectoryName(_folder)}, or name with {DataFolder.Variable}=/path a folder that has glue/{_format.Folder}.");
        var rows = source.Files.SelectMany(f => Table.Tabs(At(f), _format.Columns(f), skipShort: labelled && _format.Folder == "QQP", allowLong: true));
        if (source.Development is { } development)
        {
            var ids = Table.Tabs(At(GlueSource.Identities), ["first", "second"]).Select(r => (r["first"], r["second"])).ToHashSet();
            rows = rows.Where(r => ids.Contains((r["#1 ID"], r["#2 ID"])) == development);
        }
        TextExample[] examples = [.. rows.Select(r => Read(r, labelled))];
        return examples.Length > 0 ? examples : throw new KitException($"{At(source.Files[0])} holds no rows for '{Name}'.");
    }

    private TextExample Read(Table.Row row, bool labelled)
    {
        string first = row[_format.First].Trim();
        var second = _format.Second is null ? null : row[_format.Second].Trim();
        if (!labelled) return new(first, second, -1);
        string label = row[_format.Label];
        if (_format.Labels.Length > 0)
            return new(first, second, _format.NumberOf(label) is >= 0 and var n ? n
                : throw row.Wrong($"a label of {string.Join(", ", Enumerable.Range(0, _format.Labels.Length).Select(_format.Written))}, found '{label}'"));
        return double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double score) && score is >= 0 and <= 5 ? new(first, second, -1) { Score = score }
            : throw row.Wrong($"a score from 0 to 5, found '{label}'");
    }

    private string At(string file) => Path.Combine(_folder, file);
}
