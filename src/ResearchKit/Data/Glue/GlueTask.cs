using System.Globalization;
using ResearchKit.Data.Tasks;

namespace ResearchKit.Data.Glue;

/// <summary>
/// The tasks of GLUE, from its official files. Under its own name (<c>sst2</c>) a task has the official splits: validation is the dev set, and
/// the test set has no labels, which only GLUE's server knows. With <c>-local</c> behind it (<c>sst2-local</c>) the dev set is what results
/// are reported on, and a twentieth of the training rows, at most 5,000, chosen by a hash of their text, is what settings and
/// checkpoints are chosen by: a choice by the rows that are reported would flatter.
/// </summary>
internal static class GlueTask
{
    private const string Local = "-local";

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. GlueFormat.All.Keys.SelectMany(n => (string[])[n, n + Local])];

    /// <summary>Reads a task.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="data">The folder that holds <c>glue</c>; null for that of <see cref="DataFolder"/>.</param>
    /// <exception cref="KitException">A file is missing or malformed.</exception>
    public static ITask Open(string name, string? data = null)
    {
        bool local = name.EndsWith(Local, StringComparison.Ordinal);
        var format = GlueFormat.All[local ? name[..^Local.Length] : name];
        var folder = Path.Combine(data ?? DataFolder.Path, "glue", format.Folder);
        var splits = new Dictionary<Split, IReadOnlyList<Example>>
        {
            [Split.Train] = Read(format, folder, Split.Train),
            [local ? Split.Test : Split.Validation] = Read(format, folder, Split.Validation),
        };
        if (!local)
        {
            // The data sets' own distributions have no such part.
            if (Find(format, folder, Split.Test) is not null) splits[Split.Test] = Read(format, folder, Split.Test);
        }
        else
        {
            var all = splits[Split.Train];
            var held = new InMemoryTask(name, Kind(format), [], splits).Examples(Split.Train, Math.Clamp(all.Count / 20, 1, 5000)).ToHashSet();
            splits[Split.Validation] = [.. all.Where(held.Contains)];
            splits[Split.Train] = [.. all.Where(e => !held.Contains(e))];
        }
        string[] labels = format.Labels.Length > 0 ? format.Labels : ["score"];
        return new InMemoryTask(name, Kind(format), labels, splits) { Metrics = format.Metrics };
    }

    private static TaskKind Kind(GlueFormat format) => format.Second is null ? TaskKind.Classification : TaskKind.Pair;

    private static string[]? Find(GlueFormat format, string folder, Split split) =>
        format.Files(split).Select(files => files.Select(f => Path.Combine(folder, f)).ToArray()).FirstOrDefault(files => files.All(File.Exists));

    private static IReadOnlyList<Example> Read(GlueFormat format, string folder, Split split)
    {
        var files = Find(format, folder, split) ?? throw new KitException(
            $"{Path.Combine(folder, format.Files(split).First()[0])} is not there. GLUE's archives are at https://gluebenchmark.com/tasks: unpack {format.Folder} into {Path.GetDirectoryName(folder)}, "
            + $"or say with {DataFolder.Variable}=/path where the folder 'glue' is.");
        return [.. files.SelectMany(file => Table.ReadTabs(file, format.Columns(split), skipShort: format.Folder == "QQP").Rows).Select(row => Example(format, row, split))];
    }

    private static TextExample Example(GlueFormat format, Table.Row row, Split split)
    {
        string first = row[format.First].Trim();
        var second = format.Second is null ? null : row[format.Second].Trim();
        if (split == Split.Test) return new(first, second, -1);
        string label = row[format.Label];
        if (format.Labels.Length > 0)
            return new(first, second, Array.IndexOf(format.Labels, label) is >= 0 and var n ? n : throw row.Wrong($"a label of {string.Join(", ", format.Labels)}, found '{label}'"));
        return double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double score) && score is >= 0 and <= 5 ? new(first, second, -1) { Score = score }
            : throw row.Wrong($"a score from 0 to 5, found '{label}'");
    }
}
