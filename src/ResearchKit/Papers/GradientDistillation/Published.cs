using ResearchKit.Evaluation;
using ResearchKit.Runs;

namespace ResearchKit.Papers.GradientDistillation;

/// <summary>The numbers of Gradient Knowledge Distillation (Wang, Li and Sun, arXiv 2211.01071), and ours beside them.</summary>
/// <example><code>
/// var rows = Published.Beside(Published.Loyalty, Comparison.OfResults(["results/sst2"]),
///     ("SST-2 PL", "probability loyalty"), ("SST-2 LL", "label loyalty"), ("SST-2 SL", "saliency loyalty"));
/// </code></example>
public static class Published
{
    /// <summary>Table 1: GLUE's test server. QQP is F1, the others are accuracies; percent.</summary>
    public static PublishedTable Glue { get; } = new("table 1", "GLUE test, 6-layer BERT students", ["SST-2", "QQP", "MNLI-m", "MNLI-mm", "QNLI", "Avg"],
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
    public static PublishedTable DistilBert { get; } = new("table 2", "GLUE test, DistilBERT as the student", ["SST-2", "QQP", "MNLI-m", "MNLI-mm", "QNLI", "Avg"],
    [
        new("DistilBERT", "fine-tune", [92.5, 70.1, 82.6, 81.3, 88.9, 83.1]),
        new("+ Vanilla KD", "kd", [92.8, 70.4, 83.1, 81.8, 90.0, 83.6]),
        new("+ BERT-PKD", "pkd", [92.9, 71.3, 83.6, 82.8, 90.1, 84.1]),
        new("+ GKD-CLS", "gradkd-cls", [93.7, 71.3, 83.7, 82.8, 90.2, 84.3]),
    ]);

    /// <summary>Tables 3 and 5: probability, label and saliency loyalty (PL, LL, SL) on the test inputs of SST-2 (table 3) and of MNLI matched and
    /// mismatched (table 5); percent.</summary>
    public static PublishedTable Loyalty { get; } = new("table 3", "Loyalty to the teacher on test inputs",
        ["SST-2 PL", "SST-2 LL", "SST-2 SL", "MNLI-m PL", "MNLI-mm PL", "MNLI-m LL", "MNLI-mm LL", "MNLI-m SL", "MNLI-mm SL"],
    [
        new("Vanilla KD", "kd", [93.7, 93.7, 31.2, 88.2, 87.4, 87.9, 87.0, 15.8, 15.9]),
        new("BERT-PKD", "pkd", [93.6, 93.7, 31.6, 88.6, 87.8, 88.7, 87.7, 17.1, 16.8]),
        new("GKD", "gradkd", [93.9, 94.3, 49.7, 89.7, 89.1, 89.5, 88.9, 35.6, 35.5]),
        new("GKD-CLS", "gradkd-cls", [94.9, 94.9, 53.5, 89.5, 88.9, 89.4, 88.7, 28.2, 28.0]),
    ]);

    /// <summary>Table 4: the cosine between the gradient's mean under dropout and the gradient without, 1000 samples of MNLI's training split × 100
    /// passes, of a 6-layer student that GKD-CLS trained.</summary>
    public static PublishedTable Bias { get; } = new("table 4", "Dropout bias: cos(mean gradient under dropout, gradient without)", ["E", "h1", "h2", "h3", "h4", "h5"],
        [new("GKD-CLS", "gradkd-cls", [0.84, 0.89, 0.90, 0.91, 0.91, 0.91])], Scale: 1);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedTable> Tables { get; } = [Glue, DistilBert, Loyalty, Bias];

    /// <inheritdoc cref="PublishedTable.Beside"/>
    /// <param name="table">The paper's.</param>
    /// <param name="ours">Runs of one task.</param>
    /// <param name="columns">The paper's columns, each with the name of our metric to stand beside it.</param>
    public static IReadOnlyList<BesideRow> Beside(PublishedTable table, Comparison ours, params IReadOnlyList<(string Column, string Metric)> columns) => table.Beside(ours, columns);

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
