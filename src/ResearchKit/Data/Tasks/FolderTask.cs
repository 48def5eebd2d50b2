using System.Globalization;

namespace ResearchKit.Data.Tasks;

/// <summary>
/// A user's own task: a folder with the files <c>train</c>, <c>validation</c> and <c>test</c>, each as <c>.jsonl</c> (an object
/// a line) or <c>.tsv</c> (a header, then a line of tab-separated fields each; no quoting).
/// </summary>
/// <remarks>
/// The columns say what it is: <c>text</c> and <c>label</c> a classification, with <c>text2</c> one of pairs; with <c>score</c> in place of
/// <c>label</c> a regression; <c>prompt</c> and <c>response</c> an instruction task, where the response follows the prompt directly. Other columns
/// are left alone. Labels that are all whole numbers must run from 0; other labels are numbered in ordinal order. The training file
/// decides what labels there are.
/// </remarks>
public static class FolderTask
{
    /// <summary>Reads the folder.</summary>
    /// <exception cref="KitException">A file is missing or malformed (named with its line), or a label is unknown.</exception>
    public static ITask Open(string folder)
    {
        var tables = Enum.GetValues<Split>().Select(s => (Split: s, Table: Find(folder, s))).Where(t => t.Table is not null)
            .ToDictionary(t => t.Split, t => t.Table!);
        if (!tables.TryGetValue(Split.Train, out var train))
            throw new KitException(
                $"The folder {folder} holds no training data; a task is a folder with train.jsonl or train.tsv, and the like for "
                + "validation and test.");
        string name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar));
        if (train.Has("prompt"))
            return new InMemoryTask(name, TaskKind.Instruction, [], Map(tables, r => new InstructionExample(r["prompt"], r["response"])));
        if (!train.Has("text"))
            throw new KitException(
                $"{train.File} has the columns {string.Join(", ", train.Columns)}; a classification task needs text and label "
                + "(text2 for pairs), a regression score in place of label, an instruction task prompt and response.");
        bool pair = train.Has("text2");
        var kind = pair ? TaskKind.Pair : TaskKind.Classification;
        if (train.Has("score") && !train.Has("label"))
            return new InMemoryTask(name, kind, ["score"], Map(tables, r => new TextExample(r["text"], pair ? r["text2"] : null, -1) { Score = Score(r) }))
            {
                Metrics = ["pearson", "spearman"],
            };
        var labels = Labels(train);
        var numbers = labels.Select((l, i) => (l, i)).ToDictionary(l => l.l, l => l.i);
        return new InMemoryTask(name, kind, labels, Map(tables, r =>
            new TextExample(r["text"], pair ? r["text2"] : null, numbers.TryGetValue(r["label"], out int n) ? n
                : throw r.Wrong($"a label of the training file ({string.Join(", ", labels.Take(20))}), found '{r["label"]}'"))));
    }

    private static Table? Find(string folder, Split split)
    {
        string name = split.ToString().ToLowerInvariant();
        string json = Path.Combine(folder, name + ".jsonl"), tabs = Path.Combine(folder, name + ".tsv");
        return (File.Exists(json), File.Exists(tabs)) switch
        {
            (true, true) => throw new KitException($"There are both {json} and {tabs}; keep the one that holds the {name} data."),
            (true, false) => Table.ReadJsonLines(json),
            (false, true) => Table.ReadTabs(tabs),
            _ => null,
        };
    }

    private static IReadOnlyDictionary<Split, IReadOnlyList<Example>> Map(Dictionary<Split, Table> tables,
        Func<Table.Row, Example> example) => tables.ToDictionary(t => t.Key, t => (IReadOnlyList<Example>)[.. t.Value.Rows.Select(example)]);

    private static double Score(Table.Row row) =>
        double.TryParse(row["score"], NumberStyles.Float, CultureInfo.InvariantCulture, out double score) && double.IsFinite(score) ? score
            : throw row.Wrong($"a number as score, found '{row["score"]}'");

    private static string[] Labels(Table train)
    {
        string[] labels = [.. train.Rows.Select(r => r["label"]).Distinct().Order(StringComparer.Ordinal)];
        if (labels.Length == 1)
            throw new KitException($"{train.File} has the one label '{labels[0]}', so there is nothing to tell apart. Give rows of another, or a column score for a regression.");
        if (!labels.All(l => int.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return labels;
        int[] numbers = [.. labels.Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Order()];
        if (!numbers.SequenceEqual(Enumerable.Range(0, numbers.Length)))
            throw new KitException(
                $"{train.File} has the labels {string.Join(", ", numbers.Take(20))}; labels that are numbers must run from 0 without gaps.");
        return [.. numbers.Select(n => n.ToString(CultureInfo.InvariantCulture))];
    }
}
