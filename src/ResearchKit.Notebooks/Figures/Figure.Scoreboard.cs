using System.Globalization;
using Plotly.NET.CSharp;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

/// <summary>A column of a scoreboard: one measure of everybody.</summary>
/// <param name="Name">What it is, with its unit.</param>
/// <param name="Format">A .NET number format.</param>
/// <param name="MoreIsBetter">Whether the largest number is the best one, or the smallest.</param>
/// <param name="Values">One for each row; NaN where there is none.</param>
public sealed record Score(string Name, string Format, bool MoreIsBetter, IReadOnlyList<double> Values);

public static partial class Figure
{
    /// <summary>Everybody's numbers of every kind in one view: the numbers are written, and each column is coloured from its worst to its best.</summary>
    /// <param name="rows">A name for each row.</param>
    /// <param name="scores">The columns.</param>
    /// <exception cref="KitException">A column has another number of values than there are rows, or no finite one.</exception>
    public static GenericChart Scoreboard(IReadOnlyList<string> rows, params IReadOnlyList<Score> scores)
    {
        const string title = "Side by side";
        foreach (var score in scores)
        {
            Require(score.Values.Count == rows.Count, title, $"'{score.Name}' has {score.Values.Count} values for {rows.Count} rows");
            Require(score.Values.Any(double.IsFinite), title, $"'{score.Name}' has no finite value");
        }
        string[] x = [.. scores.Select(s => Style.Plain(s.Name))], y = [.. rows.Select(Style.Plain)];
        var places = rows.Select((_, i) => scores.Select(s => Place(s, i)).ToArray()).ToArray();
        var drawn = Chart.Heatmap<double, string, string, string>(zData: places, X: x, Y: y, XGap: 1, YGap: 1,
            ColorScale: Style.Scale(Palette.Cut(Palette.Sequential, 0, 0.6)), ShowScale: false, UseDefaults: false);
        var cells = rows.SelectMany((_, i) => scores.Select((s, j) => (Row: y[i], Column: x[j], Value: s.Values[i], s.Format))).Where(c => double.IsFinite(c.Value)).ToList();
        var written = Chart.Scatter<string, string, string>(x: [.. cells.Select(c => c.Column)], y: [.. cells.Select(c => c.Row)], mode: StyleParam.Mode.Text,
            MultiText: cells.Select(c => c.Value.ToString(c.Format, CultureInfo.InvariantCulture)).ToArray(), TextPosition: StyleParam.TextPosition.MiddleCenter, ShowLegend: false, UseDefaults: false);
        return Style.Framed(WithAxes(Chart.Combine([drawn, written]), Style.Drawn(new Axis(""), categories: true), Style.Drawn(new Axis(""), categories: true, reversed: true)),
            title, "The darker a cell, the nearer it is to the best of its column.", [], height: 170 + (34 * rows.Count));
    }

    // From 0, the worst of the column, to 1, the best; NaN stays white. Where all are equal, all are the best.
    private static double Place(Score score, int row)
    {
        var finite = score.Values.Where(double.IsFinite).ToList();
        double least = finite.Min(), most = finite.Max(), share = most > least ? (score.Values[row] - least) / (most - least) : score.MoreIsBetter ? 1 : 0;
        return score.MoreIsBetter ? share : 1 - share;
    }
}
