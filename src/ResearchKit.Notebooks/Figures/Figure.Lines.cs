using Plotly.NET.CSharp;
using Color = Plotly.NET.Color;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>
/// Figures as functions from runs to charts. The general ones (<see cref="Lines"/>, <see cref="Panels"/>, <see cref="Heatmap"/>,
/// <see cref="Bars"/>, <see cref="Histogram"/>) take numbers; the others take runs.
/// </summary>
public static partial class Figure
{
    private const string SeedBand = "The band is one standard deviation over the seeds around their mean.";

    /// <summary>Lines, with bands where they have a spread.</summary>
    /// <param name="series">The lines, at least one with a finite point.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">What to see.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <exception cref="KitException">There is nothing to draw, or lengths differ.</exception>
    public static GenericChart Lines(IReadOnlyList<Series> series, string title, string caption, Axis x, Axis y) =>
        Style.Framed(Drawn(new Panel("", series, x, y), [], title), title, caption, Legend(series), grouped: true);

    /// <summary>Panels side by side, each with its own axes; a name that several have stands once in the legend.</summary>
    /// <param name="panels">The panels, row by row.</param>
    /// <param name="title">What they show.</param>
    /// <param name="caption">What to see.</param>
    /// <param name="columns">Panels in a row.</param>
    /// <exception cref="KitException">There is nothing to draw in one of them, or lengths differ.</exception>
    public static GenericChart Panels(IReadOnlyList<Panel> panels, string title, string caption, int columns = 2)
    {
        Require(panels.Count > 0, title, "there is no panel");
        columns = Math.Min(columns, panels.Count);
        int rows = (panels.Count + columns - 1) / columns;
        HashSet<string> shown = [];
        var charts = panels.Select(panel => Drawn(panel, shown, title)).ToArray();
        var grid = Chart.Grid(charts, rows, columns, SubPlotTitles: panels.Select(p => p.Title).ToArray(), SubPlotTitleFont: Style.PanelFont,
            XGap: columns == 1 ? 0.1 : 0.22, YGap: 0.42);
        return Style.Framed(grid, title, caption, Legend(panels.SelectMany(p => p.Series)), height: 60 + 330 * rows, panels: true, grouped: true);
    }

    private static GenericChart Drawn(Panel panel, HashSet<string> shown, string title)
    {
        Require(panel.Series.Any(s => s.HasPoints), title, $"no series has a finite point{(panel.Title.Length > 0 ? $" in the panel {panel.Title}" : "")}");
        foreach (var s in panel.Series)
            Require(s.X.Count == s.Y.Count && (s.Deviation is null || s.Deviation.Count == s.Y.Count), title, $"'{s.Name}' has columns of different lengths");
        var bands = panel.Series.Where(s => s.Deviation is not null).SelectMany(Band);
        var lines = panel.Series.Where(s => s.HasPoints).Select(s => Line(s, shown.Add(s.Name), panel.Series.Count > 1));
        return WithAxes(Chart.Combine([.. bands, .. lines]), Style.Drawn(panel.X), Style.Drawn(panel.Y));
    }

    private static GenericChart Line(Series series, bool named, bool several)
    {
        bool few = series.X.Count <= 40;
        var line = Chart.Line<double, double, string>(x: [.. series.X], y: [.. series.Y], Name: Style.Plain(series.Name), ShowMarkers: few,
            ShowLegend: named && several, LineColor: Color.fromString(series.Look.Colour), LineWidth: 2.5, LineDash: series.Look.Dash, UseDefaults: false);
        if (few) line = Core.WithMarkerStyle(line, Size: 8, Color: Color.fromString(series.Look.Colour), Symbol: series.Look.Marker);
        return Core.WithTraceInfo(line, LegendGroup: Style.Plain(series.Name));
    }

    // Two edges without ink, and a tint between them.
    private static IEnumerable<GenericChart> Band(Series series)
    {
        GenericChart Edge(double side, bool filled)
        {
            var edge = Chart.Line<double, double, string>(x: [.. series.X], y: [.. series.Y.Zip(series.Deviation!, (mean, sd) => mean + side * sd)],
                Name: Style.Plain($"{series.Name}, mean {(side < 0 ? "−" : "+")} sd"), ShowLegend: false, LineWidth: 0.0,
                LineColor: Color.fromString(series.Look.Colour), Fill: filled ? StyleParam.Fill.ToNext_y : default(Optional<StyleParam.Fill>),
                FillColor: filled ? Style.Tint(series.Look.Colour, 0.2) : default(Optional<Color>), UseDefaults: false);
            return Core.WithTraceInfo(edge, LegendGroup: Style.Plain(series.Name));
        }
        return [Edge(-1, filled: false), Edge(1, filled: true)];
    }

    private static string[] Legend(IEnumerable<Series> series)
    {
        var names = series.Where(s => s.HasPoints).Select(s => s.Name).Distinct().ToArray();
        return names.Length > 1 ? names : [];
    }

    private static GenericChart WithAxes(GenericChart chart, Plotly.NET.LayoutObjects.LinearAxis x, Plotly.NET.LayoutObjects.LinearAxis y) =>
        Core.WithYAxis(Core.WithXAxis(chart, x), y);

    private static void Require(bool holds, string figure, string otherwise)
    {
        if (!holds) throw new KitException($"The figure '{figure}' cannot be drawn: {otherwise}. Give it runs that have what it shows.");
    }
}
