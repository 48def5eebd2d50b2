using Plotly.NET.CSharp;
using ResearchKit.Evaluation;
using Color = Plotly.NET.Color;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>A bar with its spread.</summary>
/// <param name="Name">Beside it.</param>
/// <param name="Look">Its colour.</param>
/// <param name="Values">One for each seed; the bar is their mean.</param>
/// <param name="Words">The number in words, under the name; null for none.</param>
public sealed record Bar(string Name, Look Look, IReadOnlyList<double> Values, string? Words = null);

public static partial class Figure
{
    /// <summary>Lying bars, the first on top: a mean, its standard deviation, and a point for each value.</summary>
    /// <param name="bars">The bars.</param>
    /// <param name="title">What they show.</param>
    /// <param name="caption">What to see.</param>
    /// <param name="axis">What is measured.</param>
    /// <exception cref="KitException">There is nothing to draw.</exception>
    public static GenericChart Bars(IReadOnlyList<Bar> bars, string title, string caption, Axis axis) =>
        Style.Framed(Drawn(bars, axis, "<br>", title), title, caption, [], height: 110 + 58 * bars.Count);

    private static GenericChart Drawn(IReadOnlyList<Bar> bars, Axis axis, string between, string title)
    {
        Require(bars.Any(b => b.Values.Any(double.IsFinite)), title, "no bar has a finite value");
        var names = bars.Select(b => Style.Plain(b.Name) + (b.Words is null ? "" : between + Style.Plain(b.Words))).ToArray();
        var spreads = bars.Select(b => Spread.Of([.. b.Values])).ToList();
        var drawn = Chart.Bar<double, string, string>(values: spreads.Select(s => s.Mean).ToArray(), Keys: names, ShowLegend: false,
            MarkerColor: Color.fromColors([.. bars.Select(b => Style.Tint(b.Look.Colour, 0.7))]), UseDefaults: false);
        if (spreads.Any(s => s.Count > 1))
        {
            drawn = Core.WithXErrorStyle<double, double>(drawn, Array: spreads.Select(s => s.Deviation).ToArray(), Color: Color.fromString("#111827"), Thickness: 1.5, Width: 6.0);
            var points = Chart.Point<double, string, string>(x: [.. bars.SelectMany(b => b.Values)], y: [.. bars.SelectMany((b, i) => b.Values.Select(_ => names[i]))],
                Name: "seeds", ShowLegend: false, MarkerColor: Color.fromString("#111827"), MarkerSymbol: StyleParam.MarkerSymbol.Circle, Opacity: 0.6, UseDefaults: false);
            drawn = Chart.Combine([drawn, Core.WithMarkerStyle(points, Size: 6)]);
        }
        drawn = Core.WithLayoutStyle<string>(drawn, BarGap: 0.35);
        return WithAxes(drawn, Style.Drawn(axis), Style.Drawn(new Axis(""), categories: true, reversed: true));
    }
}
