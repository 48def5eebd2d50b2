using Plotly.NET.CSharp;
using ResearchKit.Evaluation;
using ResearchKit.Runs;
using Color = Plotly.NET.Color;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

// Runs laid side by side, from their results.
public static partial class Figure
{
    /// <summary>A metric against the number of parameters: what a smaller model costs, and what a method wins back.</summary>
    /// <param name="comparison">Runs of one task.</param>
    /// <param name="metric">As the results name it.</param>
    /// <exception cref="KitException">No run has this metric.</exception>
    public static GenericChart Tradeoff(Comparison comparison, string metric = "accuracy")
    {
        string title = $"{Sentence(metric)} against parameters";
        var measured = Measured(comparison, metric, title);
        bool least = MetricNames.MoreIsBetter(metric) is false;
        var points = measured.Select(m =>
        {
            double size = m.Group.Runs[0].Parameters;
            var point = Chart.Point<double, double, string>(x: [size], y: [m.Spread.Mean], Name: Style.Plain(m.Group.Name), ShowLegend: true,
                Text: Style.Plain($"{m.Group.Name}: {Words(m.Spread, metric)}"),
                MarkerColor: Color.fromString(m.Look.Colour), MarkerSymbol: m.Look.Marker, UseDefaults: false);
            point = Core.WithMarkerStyle(point, Size: 15);
            return m.Spread.Count < 2 ? point
                : Core.WithYErrorStyle<double, double>(point, Array: (double[])[m.Spread.Deviation], Color: Color.fromString(m.Look.Colour), Thickness: 2.0, Width: 7.0);
        }).ToList();
        if (Frontier(measured, least) is { Count: > 1 } frontier)
            points.Insert(0, Chart.Line<double, double, string>(
                x: [.. frontier.Select(m => (double)m.Group.Runs[0].Parameters)], y: [.. frontier.Select(m => m.Spread.Mean)],
                Name: "best for the size", ShowLegend: false, LineColor: Color.fromString("#9CA3AF"), LineWidth: 1.5,
                LineDash: StyleParam.DrawingStyle.Dot, UseDefaults: false));
        return Style.Framed(WithAxes(Chart.Combine(points), Style.Drawn(Sizes(measured)), Style.Drawn(MetricAxis(metric))), title,
            $"Further left is smaller, {(least ? "lower" : "higher")} is better; the dotted line joins what nothing smaller beats. {SeedNote(measured)}",
            [.. measured.Select(m => m.Group.Name)]);
    }

    /// <summary>A metric by method: a bar to the mean, a whisker of one standard deviation, and a point for each seed.</summary>
    /// <param name="comparison">Runs of one task.</param>
    /// <param name="metric">As the results name it.</param>
    /// <exception cref="KitException">No run has this metric.</exception>
    public static GenericChart Methods(Comparison comparison, string metric = "accuracy")
    {
        string title = $"{Sentence(metric)} by method";
        var measured = Measured(comparison, metric, title);
        return Bars([.. measured.Select(m => new Bar(m.Group.Name, m.Look, [.. m.Group.Runs.Select(r => r.Metrics[metric])], Words(m.Spread, metric)))],
            title, $"On the {comparison.Groups[0].Runs[0].Split} split. {SeedNote(measured)}", MetricAxis(metric) with { FromZero = true });
    }

    /// <summary>What each run cost: time to train, speed, and what its weights take.</summary>
    /// <param name="comparison">Runs of one task.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart Cost(Comparison comparison)
    {
        var looks = Looks(comparison);
        (string Title, string Axis, string Format, Func<RunResults, double> Value)[] measures =
        [
            ("training", "seconds", "0.##", r => r.TrainingSeconds),
            ("speed", "tokens per second", "#,0", r => r.TokensPerSecond),
            ("weights", "MB in float32", "0.0", r => r.Parameters * 4 / 1e6),
        ];
        var names = comparison.Groups.Select(g => g.Name).ToArray();
        var panels = measures.Select(m => Drawn([.. comparison.Groups.Select((g, i) =>
        {
            var spread = Spread.Of([.. g.Runs.Select(m.Value)]);
            return new Bar(g.Name, looks[i], [.. g.Runs.Select(m.Value)], spread.Mean.ToString(m.Format, System.Globalization.CultureInfo.InvariantCulture));
        })], new Axis(m.Axis, "~s", FromZero: true), ": ", "Cost")).ToArray();
        var grid = Chart.Grid(panels, panels.Length, 1, SubPlotTitles: measures.Select(m => m.Title).ToArray(), SubPlotTitleFont: Style.PanelFont, YGap: 0.5);
        return Style.Framed(grid, "Cost",
            "Time includes the evaluations during training, and a teacher's forward passes where there is one. "
                + $"Measured on {comparison.Groups[0].Runs[0].Device}.", [], height: (130 + 38 * names.Length) * measures.Length, panels: true);
    }

    private sealed record Measurement(RunGroup Group, Spread Spread, Look Look);

    private static IReadOnlyList<Measurement> Measured(Comparison comparison, string metric, string title)
    {
        var looks = Looks(comparison);
        var measured = comparison.Groups.Select((g, i) => (Group: g, Spread: g.Metric(metric), Look: looks[i]))
            .Where(m => m.Spread is { } spread && double.IsFinite(spread.Mean)).Select(m => new Measurement(m.Group, m.Spread!, m.Look)).ToList();
        Require(measured.Count > 0, title, $"no run has a finite '{metric}'; there are {string.Join(", ", comparison.Metrics)}");
        return measured;
    }

    /// <summary>A teacher is what has no teacher itself and the size that another run gives for its own.</summary>
    private static IReadOnlyList<Look> Looks(Comparison comparison)
    {
        var teachers = comparison.Groups.SelectMany(g => g.Runs).Select(r => r.TeacherParameters).OfType<long>().ToHashSet();
        return Palette.Of([.. comparison.Groups.Select(g => g.Runs[0]).Select(r => (r.Method, r.Name, r.TeacherParameters is null && teachers.Contains(r.Parameters)))]);
    }

    private static List<Measurement> Frontier(IReadOnlyList<Measurement> measured, bool least)
    {
        List<Measurement> frontier = [];
        foreach (var m in measured.OrderBy(m => m.Group.Runs[0].Parameters).ThenBy(m => least ? m.Spread.Mean : -m.Spread.Mean))
            if (frontier.Count == 0 || (least ? m.Spread.Mean < frontier[^1].Spread.Mean : m.Spread.Mean > frontier[^1].Spread.Mean)) frontier.Add(m);
        return frontier;
    }

    // Equal ratios are equal distances where sizes differ much; room on both sides, so that no marker is cut and a tick is in sight.
    private static Axis Sizes(IReadOnlyList<Measurement> measured)
    {
        double least = measured.Min(m => m.Group.Runs[0].Parameters), most = measured.Max(m => m.Group.Runs[0].Parameters);
        return most > 3 * least ? new("parameters", "~s", Log: true, Range: (least / 1.5, most * 1.5)) : new("parameters", "~s", Range: (0.8 * least, 1.1 * most));
    }

    private static string SeedNote(IReadOnlyList<Measurement> measured)
    {
        int least = measured.Min(m => m.Spread.Count), most = measured.Max(m => m.Spread.Count);
        return most == 1 ? "One seed each, so no spread is known." : $"Mean and standard deviation over {(least == most ? $"{most}" : $"{least} to {most}")} seeds.";
    }

    internal static string Words(Spread spread, string metric)
    {
        bool share = MetricNames.Unit(metric) == MetricUnit.Share;
        string Number(double value) => share ? (100 * value).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)
            : value.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
        return Number(spread.Mean) + (spread.Count > 1 ? $" ± {Number(spread.Deviation)}" : "") + (share ? " %" : "");
    }

    private static string Sentence(string metric) => metric.Length == 0 ? metric : char.ToUpperInvariant(metric[0]) + metric[1..];
}
