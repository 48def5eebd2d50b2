using ResearchKit.Evaluation;
using ResearchKit.Runs;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>One row of a table of the paper.</summary>
/// <param name="Name">As the paper calls it.</param>
/// <param name="Recipe">The kit's recipe that repeats it, or null where there is none.</param>
/// <param name="Values">One for each column, as printed.</param>
public sealed record PublishedRow(string Name, string? Recipe, IReadOnlyList<double> Values);

/// <summary>A table of the paper as plain data.</summary>
/// <param name="Number">As the paper counts.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">The rows, in the paper's order.</param>
/// <param name="Scale">What the printed numbers are to be divided by to be compared with the kit's: 100 for percent.</param>
public sealed record PublishedTable(int Number, string Title, IReadOnlyList<string> Columns, IReadOnlyList<PublishedRow> Rows, double Scale = 100)
{
    /// <summary>A number of the table in the kit's units, or null where the row or the column is not in it.</summary>
    /// <param name="row">The paper's name of the row, or the recipe's.</param>
    /// <param name="column">The column's name.</param>
    public double? Value(string row, string column) =>
        Columns.ToList().IndexOf(column) is >= 0 and var at && Rows.FirstOrDefault(r => r.Name == row || r.Recipe == row) is { } found ? found.Values[at] / Scale : null;
}

/// <summary>A number of the paper and ours.</summary>
/// <param name="Column">The paper's column.</param>
/// <param name="Paper">The paper's number in the kit's units; null for a row that the paper lacks.</param>
/// <param name="Ours">Ours over the seeds; null where nothing of ours has it.</param>
public sealed record BesideCell(string Column, double? Paper, Spread? Ours);

/// <summary>A row of "ours beside the paper".</summary>
/// <param name="Name">The paper's name, or of a row that the paper lacks the recipe's.</param>
/// <param name="Recipe">The recipe, where there is one.</param>
/// <param name="Seeds">Of ours; 0 where there are none.</param>
/// <param name="Cells">One for each column asked for.</param>
public sealed record BesideRow(string Name, string? Recipe, int Seeds, IReadOnlyList<BesideCell> Cells);

/// <summary>The numbers of Gradient Knowledge Distillation (Wang, Li and Sun, arXiv 2211.01071), and ours beside them.</summary>
/// <example><code>
/// var rows = Published.Beside(Published.Loyalty, Comparison.OfResults(["results/sst2"]),
///     ("SST-2 PL", "probability loyalty"), ("SST-2 LL", "label loyalty"), ("SST-2 SL", "saliency loyalty"));
/// </code></example>
public static class Published
{
    /// <summary>Table 1: GLUE's test server. QQP is F1, the others are accuracies; percent.</summary>
    public static PublishedTable Glue { get; } = new(1, "GLUE test, 6-layer BERT students", ["SST-2", "QQP", "MNLI-m", "MNLI-mm", "QNLI", "Avg"],
    [
        new("BERT-base (teacher)", "teacher", [93.7, 71.5, 84.8, 83.8, 91.3, 85.0]),
        new("Fine-tuning", "fine-tune", [91.0, 69.6, 81.3, 79.5, 87.3, 81.7]),
        new("Vanilla KD", "kd", [92.0, 71.0, 82.2, 81.2, 88.9, 83.1]),
        new("BERT-PKD", "pkd", [91.8, 71.0, 82.4, 81.8, 89.1, 83.2]),
        new("GKD", "gradkd", [92.0, 71.5, 82.9, 81.7, 89.3, 83.5]),
        new("GKD-CLS", "gradkd-cls", [93.0, 71.6, 82.6, 81.9, 89.5, 83.7]),
        new("GKD-CLS w/ Dropout", "gradkd-cls-dropout", [91.8, 71.0, 82.3, 81.6, 89.1, 83.2]),
    ]);

    /// <summary>Table 2: GLUE's test server with DistilBERT as the student; its first row is quoted there from the TinyBERT paper. Percent.</summary>
    public static PublishedTable DistilBert { get; } = new(2, "GLUE test, DistilBERT as the student", ["SST-2", "QQP", "MNLI-m", "MNLI-mm", "QNLI", "Avg"],
    [
        new("DistilBERT", "fine-tune", [92.5, 70.1, 82.6, 81.3, 88.9, 83.1]),
        new("+ Vanilla KD", "kd", [92.8, 70.4, 83.1, 81.8, 90.0, 83.6]),
        new("+ BERT-PKD", "pkd", [92.9, 71.3, 83.6, 82.8, 90.1, 84.1]),
        new("+ GKD-CLS", "gradkd-cls", [93.7, 71.3, 83.7, 82.8, 90.2, 84.3]),
    ]);

    /// <summary>Tables 3 and 5: probability, label and saliency loyalty (PL, LL, SL) on the test inputs of SST-2 (table 3) and of MNLI matched and
    /// mismatched (table 5); percent.</summary>
    public static PublishedTable Loyalty { get; } = new(3, "Loyalty to the teacher on test inputs",
        ["SST-2 PL", "SST-2 LL", "SST-2 SL", "MNLI-m PL", "MNLI-mm PL", "MNLI-m LL", "MNLI-mm LL", "MNLI-m SL", "MNLI-mm SL"],
    [
        new("Vanilla KD", "kd", [93.7, 93.7, 31.2, 88.2, 87.4, 87.9, 87.0, 15.8, 15.9]),
        new("BERT-PKD", "pkd", [93.6, 93.7, 31.6, 88.6, 87.8, 88.7, 87.7, 17.1, 16.8]),
        new("GKD", "gradkd", [93.9, 94.3, 49.7, 89.7, 89.1, 89.5, 88.9, 35.6, 35.5]),
        new("GKD-CLS", "gradkd-cls", [94.9, 94.9, 53.5, 89.5, 88.9, 89.4, 88.7, 28.2, 28.0]),
    ]);

    /// <summary>Table 4: the cosine between the gradient's mean under dropout and the gradient without, 1000 samples of MNLI's training split × 100
    /// passes, of a 6-layer student that GKD-CLS trained.</summary>
    public static PublishedTable Bias { get; } = new(4, "Dropout bias: cos(mean gradient under dropout, gradient without)", ["E", "h1", "h2", "h3", "h4", "h5"],
        [new("GKD-CLS", "gradkd-cls", [0.84, 0.89, 0.90, 0.91, 0.91, 0.91])], Scale: 1);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedTable> Tables { get; } = [Glue, DistilBert, Loyalty, Bias];

    /// <summary>Ours beside the paper: its rows in its order, each with the group of our runs whose name is the row's recipe; then the groups that
    /// the paper lacks.</summary>
    /// <param name="table">The paper's.</param>
    /// <param name="ours">Runs of one task.</param>
    /// <param name="columns">The paper's columns, each with the name of our metric to stand beside it.</param>
    /// <exception cref="KitException">The table has no such column, or no run has such a metric.</exception>
    public static IReadOnlyList<BesideRow> Beside(PublishedTable table, Comparison ours, params IReadOnlyList<(string Column, string Metric)> columns)
    {
        foreach (var (column, metric) in columns)
        {
            if (!table.Columns.Contains(column)) throw new KitException($"The paper's table {table.Number} has no column '{column}'; it has {string.Join(", ", table.Columns)}.");
            if (!ours.Metrics.Contains(metric)) throw new KitException($"No run has the metric '{metric}'; there are {string.Join(", ", ours.Metrics)}.");
        }
        var known = table.Rows.Select(r => r.Recipe).OfType<string>().ToHashSet();
        return
        [
            .. table.Rows.Select(r => Row(r.Name, r.Recipe, ours.Groups.FirstOrDefault(g => g.Name == r.Recipe))),
            .. ours.Groups.Where(g => !known.Contains(g.Name)).Select(g => Row(g.Name, g.Name, g)),
        ];

        BesideRow Row(string name, string? recipe, RunGroup? group) => new(name, recipe, group?.Runs.Count ?? 0,
            [.. columns.Select(c => new BesideCell(c.Column, recipe is null ? null : table.Value(recipe, c.Column), group?.Metric(c.Metric)))]);
    }

    /// <summary>Our dropout bias beside table 4: a row for each report, a cell for each place that the paper or ours has, and E by both readings of the
    /// paper. A place of a student of another depth is beside the paper's of the same name, not of the same height.</summary>
    /// <param name="ours">Reports with the names of their students.</param>
    public static IReadOnlyList<BesideRow> Beside(params IReadOnlyList<(string Name, DropoutBiasReport Report)> ours)
    {
        string[] places = [.. Bias.Columns.Union(ours.SelectMany(o => o.Report.Places.Select(p => p.Name)))];
        return [.. ours.Select(o => new BesideRow(o.Name, null, 1,
        [
            .. places.Select(place => Cell(place, place, o.Report.Places.FirstOrDefault(p => p.Name == place))),
            Cell("E, whole sentences", "E", o.Report.WholeSentence),
        ]))];

        static BesideCell Cell(string name, string place, DropoutBiasAt? at) => new(name, Bias.Value("gradkd-cls", place), at is null ? null : new Spread(at.Cosine, 0, 1));
    }
}
