using System.Globalization;
using Plotly.NET.CSharp;
using Core = Plotly.NET.GenericChartExtensions;
using GenericChart = Plotly.NET.GenericChart;
using StyleParam = Plotly.NET.StyleParam;

namespace ResearchKit.Notebooks.Figures;

public static partial class Figure
{
    private const int WrittenCells = 400;

    /// <summary>Numbers over two lists of names: layers by layers, classes by classes. Row 0 stands on top.</summary>
    /// <param name="values">Rows of cells, all of equal length; one that is not finite stays white.</param>
    /// <param name="rows">A name for each row.</param>
    /// <param name="columns">A name for each column.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">What to see.</param>
    /// <param name="rowTitle">What the rows are.</param>
    /// <param name="columnTitle">What the columns are.</param>
    /// <param name="unit">What the cells measure, with its unit: the title of the colour bar.</param>
    /// <param name="format">A .NET number format for the cells; null to leave them unwritten.</param>
    /// <param name="diverging">Whether values lie on both sides of 0, which is then white.</param>
    /// <param name="ratios">Whether equal steps of colour are equal ratios, down to a ten-thousandth of the largest cell; what is less, 0 and below included, is white.</param>
    /// <exception cref="KitException">No cell is finite, or the sizes do not fit.</exception>
    public static GenericChart Heatmap(IReadOnlyList<IReadOnlyList<double>> values, IReadOnlyList<string> rows, IReadOnlyList<string> columns,
        string title, string caption, string rowTitle, string columnTitle, string unit, string? format = null, bool diverging = false, bool ratios = false)
    {
        Require(values.Count == rows.Count && values.All(row => row.Count == columns.Count), title,
            $"{values.Count} rows of {string.Join("/", values.Select(r => r.Count).Distinct())} cells do not fit {rows.Count} row and {columns.Count} column names");
        var finite = values.SelectMany(row => row).Where(double.IsFinite).ToList();
        Require(finite.Count > 0, title, "no cell is finite");
        ratios = ratios && finite.Max() > 0;
        // What the colours are of: the cells, or their logarithms.
        double floor = ratios ? finite.Max() / 1e4 : 0;
        var colours = values.Select(row => row.Select(v => ratios && double.IsFinite(v) ? Math.Log10(Math.Max(v, floor)) : v).ToArray()).ToArray();
        double least = colours.SelectMany(row => row).Where(double.IsFinite).Min(), most = colours.SelectMany(row => row).Where(double.IsFinite).Max(), reach = Math.Max(Math.Abs(least), Math.Abs(most));
        // Plotly lays the scale on the cells from least to most; what is cut off at its ends keeps 0 white.
        var (low, high) = diverging ? (-reach, reach) : (ratios ? Math.Log10(floor) : Math.Min(0, least), most);
        double length = Math.Max(high - low, double.Epsilon);
        var scale = Palette.Cut(diverging ? Palette.Diverging : Palette.Sequential, (least - low) / length, (most - low) / length);

        string[] x = [.. columns.Select(Style.Plain)], y = [.. rows.Select(Style.Plain)];
        var drawn = Chart.Heatmap<double, string, string, string>(zData: colours, X: x, Y: y, XGap: 1, YGap: 1,
            ColorScale: Style.Scale(scale), ColorBar: Style.Bar(unit, ratios ? [.. Style.Decades(Math.Pow(10, least), Math.Pow(10, most)).Select(t => (Math.Log10(t.At), t.Name))] : null), UseDefaults: false);
        if (format is not null && rows.Count * columns.Count <= WrittenCells) drawn = Chart.Combine([drawn, Written(values, x, y, format)]);
        int side = Math.Clamp(560 / Math.Max(rows.Count, 1), 26, 60);
        return Style.Framed(WithAxes(drawn, Style.Drawn(new Axis(columnTitle), categories: true), Style.Drawn(new Axis(rowTitle), categories: true, reversed: true)),
            title, caption, [], height: 150 + side * rows.Count);
    }

    private static GenericChart Written(IReadOnlyList<IReadOnlyList<double>> values, string[] x, string[] y, string format)
    {
        var places = y.SelectMany((row, i) => x.Select((column, j) => (row, column, value: values[i][j]))).Where(p => double.IsFinite(p.value)).ToList();
        return Chart.Scatter<string, string, string>(x: [.. places.Select(p => p.column)], y: [.. places.Select(p => p.row)], mode: StyleParam.Mode.Text,
            MultiText: places.Select(p => p.value.ToString(format, CultureInfo.InvariantCulture)).ToArray(),
            TextPosition: StyleParam.TextPosition.MiddleCenter, ShowLegend: false, UseDefaults: false);
    }
}
