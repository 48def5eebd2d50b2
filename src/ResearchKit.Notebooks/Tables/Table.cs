using System.Runtime.CompilerServices;
using Microsoft.Data.Analysis;
using ResearchKit.Evaluation;
using ResearchKit.Papers;
using ResearchKit.Papers.GradientDistillation;
using ResearchKit.Runs;
using ResearchKit.Training;

namespace ResearchKit.Notebooks.Tables;

/// <summary>How a column is shown.</summary>
/// <param name="Format">A .NET number format.</param>
/// <param name="Best">Which value is marked as the best of the column.</param>
internal sealed record ColumnStyle(string Format, Best Best = Best.None);

internal enum Best { None, Highest, Lowest }

/// <summary>Tables as data frames, made from runs: to look at, to compute with, or to save.</summary>
public static partial class Table
{
    private static readonly ConditionalWeakTable<DataFrame, Dictionary<string, ColumnStyle>> Styles = [];

    /// <summary>Runs side by side: a row for each recipe, mean and standard deviation over its seeds.</summary>
    public static DataFrame Comparison(Comparison comparison)
    {
        var groups = comparison.Groups;
        var frame = new DataFrame(
            new StringDataFrameColumn("run", groups.Select(g => g.Name)),
            new StringDataFrameColumn("method", groups.Select(g => g.Runs[0].Method)),
            new Int64DataFrameColumn("parameters", groups.Select(g => g.Runs[0].Parameters)),
            new Int32DataFrameColumn("seeds", groups.Select(g => g.Runs.Count)));
        Style(frame, "parameters", "N0");
        foreach (var metric in comparison.Metrics)
        {
            var spreads = groups.Select(g => g.Metric(metric)).ToList();
            bool share = MetricNames.Unit(metric) == MetricUnit.Share;
            var best = MetricNames.MoreIsBetter(metric) switch { true => Best.Highest, false => Best.Lowest, null => Best.None };
            Add(frame, metric, spreads.Select(s => s?.Mean), share ? "P1" : "0.000", best);
            if (spreads.Any(s => s?.Count > 1)) Add(frame, $"{metric} sd", spreads.Select(s => s?.Count > 1 ? s.Deviation : (double?)null), share ? "P1" : "0.000");
        }
        return frame;
    }

    /// <summary>What each recipe cost: time to train and speed, means over its seeds, the most memory where it is known of all, and what its weights take.</summary>
    public static DataFrame Cost(Comparison comparison)
    {
        var groups = comparison.Groups;
        var frame = new DataFrame(new StringDataFrameColumn("run", groups.Select(g => g.Name)));
        Add(frame, "training (s)", groups.Select(g => (double?)g.Seconds.Mean), "0.0", Best.Lowest);
        Add(frame, "tokens/s", groups.Select(g => (double?)g.Runs.Average(r => r.TokensPerSecond)), "N0", Best.Highest);
        if (groups.All(g => g.Runs.All(r => r.PeakMemory is not null)))
            Add(frame, "peak memory (MB)", groups.Select(g => (double?)(g.Runs.Average(r => r.PeakMemory!.Value) / 1e6)), "N0", Best.Lowest);
        Add(frame, "weights (MB)", groups.Select(g => (double?)(g.Runs[0].Parameters * 4 / 1e6)), "0.0", Best.Lowest);
        return frame;
    }

    /// <summary>Class by class: how many rows, how often each is right, and how often they agree.</summary>
    /// <exception cref="KitException">They judged different rows.</exception>
    public static DataFrame PerClass(RunPredictions teacher, RunPredictions student)
    {
        teacher.RequireSameRows(student);
        var classes = Enumerable.Range(0, teacher.Expected.Length).GroupBy(i => teacher.Expected[i]).OrderByDescending(g => g.Count()).Select(g => g.ToList()).ToList();
        double? Share(List<int> rows, Func<int, bool> holds) => rows.Count(holds) / (double)rows.Count;
        var frame = new DataFrame(
            new StringDataFrameColumn("class", classes.Select(g => teacher.Labels[teacher.Expected[g[0]]])),
            new Int32DataFrameColumn("rows", classes.Select(g => g.Count)));
        Add(frame, $"{teacher.Name} right", classes.Select(g => Share(g, i => teacher.Classes[i] == teacher.Expected[i])), "P0", Best.Highest);
        Add(frame, $"{student.Name} right", classes.Select(g => Share(g, i => student.Classes[i] == student.Expected[i])), "P0", Best.Highest);
        Add(frame, "agree", classes.Select(g => Share(g, i => teacher.Classes[i] == student.Classes[i])), "P0", Best.Highest);
        return frame;
    }

    /// <summary>Rows on which two classifiers part, with their text, the label and both answers.</summary>
    /// <param name="teacher">The one.</param>
    /// <param name="student">The other.</param>
    /// <param name="count">At most so many: those whose answers are furthest apart first.</param>
    /// <exception cref="KitException">They judged different rows.</exception>
    public static DataFrame Disagreements(RunPredictions teacher, RunPredictions student, int count = 10)
    {
        var rows = student.DivergenceFrom(teacher).Select((kl, i) => (kl, i)).Where(r => teacher.Classes[r.i] != student.Classes[r.i])
            .OrderByDescending(r => r.kl).Take(count).ToList();
        var frame = new DataFrame(
            new StringDataFrameColumn("text", rows.Select(r => string.Join(" / ", teacher.Examples[r.i].Texts()))),
            new StringDataFrameColumn("label", rows.Select(r => teacher.Labels[teacher.Expected[r.i]])),
            new StringDataFrameColumn($"{teacher.Name} says", rows.Select(r => teacher.Labels[teacher.Classes[r.i]])),
            new StringDataFrameColumn($"{student.Name} says", rows.Select(r => student.Labels[student.Classes[r.i]])));
        Add(frame, "KL (nats)", rows.Select(r => (double?)r.kl), "0.00");
        return frame;
    }

    /// <summary>A run's log: a row for each optimizer step, and validation metrics where they were measured.</summary>
    /// <exception cref="KitException">There is no log, or it is damaged.</exception>
    public static DataFrame History(RunFolder run)
    {
        var steps = MetricsLog.Read(run.MetricsFile);
        var frame = new DataFrame(new Int64DataFrameColumn("step", steps.Select(s => s.Number)));
        Add(frame, "epoch", steps.Select(s => (double?)s.Epoch), "0.00");
        Add(frame, "loss", steps.Select(s => (double?)s.Loss), "0.0000");
        foreach (var term in steps.SelectMany(s => s.Terms.Keys).Distinct().Where(t => t != "loss"))
            Add(frame, term, steps.Select(s => s.Terms.TryGetValue(term, out double v) ? v : (double?)null), "0.0000");
        Add(frame, "learning rate", steps.Select(s => (double?)s.LearningRate), "0.00E+0");
        Add(frame, "tokens/s", steps.Select(s => (double?)(s.Tokens / Math.Max(s.Seconds, 1e-9))), "N0");
        foreach (var metric in steps.SelectMany(s => s.Evaluation?.Keys ?? []).Distinct())
            Add(frame, $"validation {metric}", steps.Select(s => s.Evaluation?.TryGetValue(metric, out double v) == true ? v : (double?)null), "0.0000");
        return frame;
    }

    /// <summary>What each model says of words it never saw defined.</summary>
    /// <param name="samples">As <see cref="DefinitionSample"/> holds them.</param>
    public static DataFrame Samples(IReadOnlyList<DefinitionSample> samples)
    {
        var frame = new DataFrame(new StringDataFrameColumn("word", samples.Select(s => s.Word)), new StringDataFrameColumn("WordNet", samples.Select(s => s.Definition)));
        foreach (var name in samples.SelectMany(s => s.Answers.Keys).Distinct())
            frame.Columns.Add(new StringDataFrameColumn(name, samples.Select(s => s.Answers.GetValueOrDefault(name))));
        return frame;
    }

    /// <summary>A table of a paper as it is printed.</summary>
    public static DataFrame Published(PublishedTable table)
    {
        var frame = new DataFrame(new StringDataFrameColumn("model", table.Rows.Select(r => r.Name)));
        foreach (var (column, i) in table.Columns.Select((c, i) => (c, i)))
            Add(frame, column, table.Rows.Select(r => (double?)r.Values[i]), table.Scale == 1 ? "0.00" : "0.0");
        return frame;
    }

    /// <summary>Ours beside a paper's: for each column the printed number, ours, and its deviation where there are several seeds. Rows of no
    /// number on either side are left out.</summary>
    /// <param name="rows">As <see cref="Papers.GradientDistillation.Published"/> lays them.</param>
    /// <param name="share">Whether the numbers are shares, shown in percent; otherwise they are shown as they are.</param>
    /// <exception cref="KitException">There are no rows.</exception>
    public static DataFrame BesidePaper(IReadOnlyList<BesideRow> rows, bool share = true)
    {
        rows = [.. rows.Where(r => r.Cells.Any(c => c.Paper is not null || c.Ours is not null))];
        if (rows.Count == 0) throw new KitException("There is nothing to lay beside the paper: no row has a number on either side.");
        var frame = new DataFrame(new StringDataFrameColumn("model", rows.Select(r => r.Name)), new Int32DataFrameColumn("seeds", rows.Select(r => r.Seeds)));
        string format = share ? "P1" : "0.000";
        for (int i = 0; i < rows[0].Cells.Count; i++)
        {
            var cells = rows.Select(r => r.Cells[i]).ToList();
            Add(frame, $"{cells[0].Column}, paper", cells.Select(c => c.Paper), format);
            Add(frame, $"{cells[0].Column}, ours", cells.Select(c => c.Ours?.Mean), format, share ? Best.Highest : Best.None);
            if (cells.Any(c => c.Ours?.Count > 1)) Add(frame, $"{cells[0].Column}, sd", cells.Select(c => c.Ours?.Count > 1 ? c.Ours.Deviation : (double?)null), format);
        }
        return frame;
    }

    /// <summary>How a frame's columns are shown; those that a frame was not made with here have no style.</summary>
    internal static ColumnStyle? StyleOf(DataFrame frame, string column) =>
        Styles.TryGetValue(frame, out var styles) && styles.TryGetValue(column, out var style) ? style : null;

    private static void Add(DataFrame frame, string name, IEnumerable<double?> values, string format, Best best = Best.None)
    {
        frame.Columns.Add(new DoubleDataFrameColumn(name, values));
        Style(frame, name, format, best);
    }

    private static void Style(DataFrame frame, string column, string format, Best best = Best.None) =>
        Styles.GetOrCreateValue(frame)[column] = new(format, best);
}
