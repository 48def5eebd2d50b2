using Microsoft.FSharp.Core;
using Plotly.NET.LayoutObjects;
using Plotly.NET.TraceObjects;
using ResearchKit.Offline;

namespace Plotly.NET.CSharp;

// Charts made of charts.
public static partial class Chart
{
    public static GenericChart Combine(IEnumerable<GenericChart> gCharts) =>
        GenericChart.combine(gCharts);

    public static GenericChart Invisible() =>
        GenericChart.Of(new Trace(null), useDefaults: true);

    public static GenericChart Range<XType, YType, TextType>(
        IEnumerable<XType> x, IEnumerable<YType> y, IEnumerable<YType> upper, IEnumerable<YType> lower, StyleParam.Mode mode,
        Optional<string> Name = default, Optional<string> GroupName = default, Optional<bool> ShowLegend = default,
        Optional<TextType> Text = default, Optional<IEnumerable<TextType>> MultiText = default, Optional<Color> MarkerColor = default,
        Optional<StyleParam.MarkerSymbol> MarkerSymbol = default, Optional<Marker> Marker = default,
        Optional<Color> LineColor = default, Optional<double> LineWidth = default, Optional<StyleParam.DrawingStyle> LineDash = default,
        Optional<Line> Line = default, Optional<Line> UpperLine = default, Optional<Line> LowerLine = default,
        Optional<Color> RangeColor = default, Optional<string> LowerName = default, Optional<string> UpperName = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible where YType : IConvertible where TextType : IConvertible
    {
        return Combine(
        [
            Edge(lower, LowerName.Or("lower"), LowerLine),
            Edge(upper, UpperName.Or("upper"), UpperLine, StyleParam.Fill.ToNext_y),
            new Trace("scatter").With("name", Name).With("showlegend", ShowLegend).Set("mode", mode).Set("x", x).Set("y", y)
                .With("text", Text).With("text", MultiText).Set("legendgroup", GroupName.Or("Range"))
                .Set("legendgrouptitle", Title.init(Text: GroupName.Or("Range")))
                .Markers(Marker, MarkerColor, default, default, MarkerSymbol).Lines(Line, LineColor, default, LineWidth, LineDash).AsChart(UseDefaults),
        ]);

        GenericChart Edge(IEnumerable<YType> edge, string name, Optional<Line> line, Optional<StyleParam.Fill> fill = default) =>
            new Trace("scatter").Set("name", name).Set("showlegend", ShowLegend.Or(true)).Set("mode", mode)
                .Set("x", x).Set("y", edge).With("fill", fill).With("fillcolor", RangeColor)
                .Set("legendgroup", GroupName.Or("Range"))
                .Markers(default, RangeColor.Or(Color.fromString("rgba(0,0,0,0.5)")), default, default).Lines(line, default, default, default, default)
                .AsChart(UseDefaults);
    }

    public static GenericChart Grid(
        IEnumerable<GenericChart> gCharts, int nRows, int nCols, Optional<IEnumerable<string>> SubPlotTitles = default,
        Optional<Font> SubPlotTitleFont = default, Optional<double> SubPlotTitleOffset = default,
        Optional<StyleParam.LayoutGridRowOrder> RowOrder = default, Optional<StyleParam.LayoutGridPattern> Pattern = default,
        Optional<double> XGap = default, Optional<double> YGap = default) =>
        Gridded(gCharts, nRows, nCols, SubPlotTitles, SubPlotTitleFont, SubPlotTitleOffset, RowOrder, Pattern, XGap, YGap);

    public static GenericChart SingleStack(
        IEnumerable<GenericChart> gCharts, Optional<IEnumerable<string>> SubPlotTitles = default,
        Optional<Font> SubPlotTitleFont = default, Optional<double> SubPlotTitleOffset = default,
        Optional<StyleParam.LayoutGridRowOrder> RowOrder = default, Optional<StyleParam.LayoutGridPattern> Pattern = default,
        Optional<double> XGap = default, Optional<double> YGap = default) =>
        Gridded(gCharts, gCharts.Count(), 1, SubPlotTitles, SubPlotTitleFont, SubPlotTitleOffset, RowOrder, Pattern, XGap, YGap);

    private static GenericChart Gridded(IEnumerable<GenericChart> charts, int rows, int columns, Optional<IEnumerable<string>> titles, Optional<Font> font,
        Optional<double> offset, Optional<StyleParam.LayoutGridRowOrder> order, Optional<StyleParam.LayoutGridPattern> pattern, Optional<double> xGap, Optional<double> yGap)
    {
        var (chosen, rowOrder) = (pattern.Or(StyleParam.LayoutGridPattern.Independent), order.Or(StyleParam.LayoutGridRowOrder.TopToBottom));
        bool coupled = chosen.Equals(StyleParam.LayoutGridPattern.Coupled);
        var grid = LayoutGrid.init(Rows: rows, Columns: columns, Pattern: chosen, RowOrder: rowOrder).With("xgap", xGap).With("ygap", yGap);
        return Plotly.NET.Chart.Gridded(charts, rows, columns, grid, titles.IsSome ? [.. titles.Value] : null, font.IsSome ? FSharpOption<Font>.Some(font.Value) : null, offset.Or(0),
            coupled, xGap.Or(coupled ? 0.1 : 0.2), yGap.Or(coupled ? 0.1 : 0.3), upwards: rowOrder.Equals(StyleParam.LayoutGridRowOrder.BottomToTop));
    }
}
