using ResearchKit.Evaluation;
using ResearchKit.Runs;

namespace ResearchKit.Papers;

/// <summary>One row of a table of the paper.</summary>
/// <param name="Name">As the paper calls it.</param>
/// <param name="Recipe">The kit's recipe that repeats it, or null where there is none.</param>
/// <param name="Values">One for each column, as printed.</param>
public sealed record PublishedRow(string Name, string? Recipe, IReadOnlyList<double> Values);

/// <summary>A table of the paper as plain data.</summary>
/// <param name="Number">As the paper counts: <c>table 2</c>, <c>figure 5</c>.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">The rows, in the paper's order.</param>
/// <param name="Scale">What the printed numbers are to be divided by to be compared with the kit's: 100 for percent.</param>
public sealed record PublishedTable(string Number, string Title, IReadOnlyList<string> Columns, IReadOnlyList<PublishedRow> Rows, double Scale = 100)
{
    /// <summary>A number of the table in the kit's units, or null where the row or the column is not in it.</summary>
    /// <param name="row">The paper's name of the row, or the recipe's.</param>
    /// <param name="column">The column's name.</param>
    public double? Value(string row, string column) =>
        Columns.ToList().IndexOf(column) is >= 0 and var at && Rows.FirstOrDefault(r => r.Name == row || r.Recipe == row) is { } found ? found.Values[at] / Scale : null;

    /// <summary>Ours beside the paper: its rows in its order, each with the group of our runs whose name is the row's recipe; then the groups that
    /// the paper lacks.</summary>
    /// <param name="ours">Runs of one task.</param>
    /// <param name="columns">The paper's columns, each with the name of our metric to stand beside it.</param>
    /// <exception cref="KitException">The table has no such column, or no run has such a metric.</exception>
    public IReadOnlyList<BesideRow> Beside(Comparison ours, params IReadOnlyList<(string Column, string Metric)> columns)
    {
        foreach (var (column, metric) in columns)
        {
            if (!Columns.Contains(column)) throw new KitException($"The paper's {Number} has no column '{column}'; it has {string.Join(", ", Columns)}.");
            if (!ours.Metrics.Contains(metric)) throw new KitException($"No run has the metric '{metric}'; there are {string.Join(", ", ours.Metrics)}.");
        }
        var known = Rows.Select(r => r.Recipe).OfType<string>().ToHashSet();
        return
        [
            .. Rows.Select(r => Row(r.Name, r.Recipe, ours.Groups.FirstOrDefault(g => g.Name == r.Recipe))),
            .. ours.Groups.Where(g => !known.Contains(g.Name)).Select(g => Row(g.Name, g.Name, g)),
        ];

        BesideRow Row(string name, string? recipe, RunGroup? group) => new(name, recipe, group?.Runs.Count ?? 0,
            [.. columns.Select(c => new BesideCell(c.Column, recipe is null ? null : Value(recipe, c.Column), group?.Metric(c.Metric)))]);
    }
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
