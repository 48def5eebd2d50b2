using Plotly.NET.CSharp;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>Standing bars of one colour, one in each group.</summary>
/// <param name="Name">As the legend shows it.</param>
/// <param name="Look">Its colour.</param>
/// <param name="Values">One for each group; those that are not finite are left out.</param>
/// <param name="Deviation">Half the height of each whisker; null for none.</param>
public sealed record Column(string Name, Look Look, IReadOnlyList<double> Values, IReadOnlyList<double>? Deviation = null);

/// <summary>Groups of standing bars that share a frame with others.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Groups">The name under each group.</param>
/// <param name="Columns">The bars.</param>
/// <param name="X">What the groups are.</param>
/// <param name="Y">What is measured.</param>
public sealed record ColumnPanel(string Title, IReadOnlyList<string> Groups, IReadOnlyList<Column> Columns, Axis X, Axis Y);

public static partial class Figure
{
    /// <summary>Groups of standing bars, a panel below the other; a name that several panels have stands once in the legend.</summary>
    /// <param name="panels">The panels.</param>
    /// <param name="title">What they show.</param>
    /// <param name="caption">What to see.</param>
    /// <exception cref="KitException">There is nothing to draw in one of them, or lengths differ.</exception>
    public static GenericChart Columns(IReadOnlyList<ColumnPanel> panels, string title, string caption)
    {
        Require(panels.Count > 0, title, "there is no panel");
        HashSet<string> shown = [];
        var charts = panels.Select(panel => Drawn(panel, shown, title)).ToArray();
        var drawn = panels.Count == 1 ? charts[0]
            : Chart.Grid(charts, panels.Count, 1, SubPlotTitles: panels.Select(p => p.Title).ToArray(), SubPlotTitleFont: Style.PanelFont, YGap: 0.4);
        drawn = Core.WithLayoutStyle<string>(drawn, BarMode: StyleParam.BarMode.Group, BarGap: 0.25);
        string[] names = [.. shown];
        return Style.Framed(drawn, title, caption, names.Length > 1 ? names : [], height: 70 + 300 * panels.Count, panels: panels.Count > 1, grouped: true);
    }

    private static GenericChart Drawn(ColumnPanel panel, HashSet<string> shown, string title)
    {
        foreach (var c in panel.Columns)
            Require(c.Values.Count == panel.Groups.Count && (c.Deviation is null || c.Deviation.Count == c.Values.Count), title, $"'{c.Name}' has {c.Values.Count} values for {panel.Groups.Count} groups");
        Require(panel.Columns.Any(c => c.Values.Any(double.IsFinite)), title, $"no bar has a finite value{(panel.Title.Length > 0 ? $" in the panel {panel.Title}" : "")}");
        string[] groups = [.. panel.Groups.Select(Style.Plain)];
        var bars = panel.Columns.Select(c =>
        {
            var bar = Chart.Column<double, string, string>(values: c.Values.Select(Finite).ToArray(), Keys: groups, Name: Style.Plain(c.Name), ShowLegend: shown.Add(c.Name),
                MarkerColor: Style.Tint(c.Look.Colour, 0.8), UseDefaults: false);
            bar = Core.WithTraceInfo(bar, LegendGroup: Style.Plain(c.Name));
            return c.Deviation is null ? bar
                : Core.WithYErrorStyle<double, double>(bar, Array: c.Deviation.Select(Finite).ToArray(), Color: Plotly.NET.Color.fromString("#111827"), Thickness: 1.5, Width: 4.0);
        }).ToArray();
        return WithAxes(Chart.Combine(bars), Style.Drawn(panel.X, categories: true), Style.Drawn(panel.Y));
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : double.NaN;   // plotly leaves out what is no number
}
