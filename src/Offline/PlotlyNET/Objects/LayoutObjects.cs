using Microsoft.FSharp.Core;
using ResearchKit.Offline;

namespace Plotly.NET.LayoutObjects;

public class Annotation : PlotlyObject
{
    public static Annotation init<a, b, c, d, e, f, g, h, i, j>(
        FSharpOption<a> X = null, FSharpOption<b> Y = null, FSharpOption<StyleParam.AnnotationAlignment> Align = null,
        FSharpOption<Color> BGColor = null, FSharpOption<Color> BorderColor = null, FSharpOption<int> BorderPad = null,
        FSharpOption<int> BorderWidth = null, FSharpOption<Font> Font = null, FSharpOption<string> Name = null,
        FSharpOption<double> Opacity = null, FSharpOption<bool> ShowArrow = null, FSharpOption<string> Text = null,
        FSharpOption<double> TextAngle = null, FSharpOption<bool> Visible = null,
        FSharpOption<StyleParam.XAnchorPosition> XAnchor = null, FSharpOption<h> XRef = null, FSharpOption<int> XShift = null,
        FSharpOption<StyleParam.YAnchorPosition> YAnchor = null, FSharpOption<j> YRef = null, FSharpOption<int> YShift = null)
        where a : IConvertible where b : IConvertible where c : IConvertible where d : IConvertible where e : IConvertible where f : IConvertible where g : IConvertible where h : IConvertible where i : IConvertible where j : IConvertible =>
        new Annotation().With("x", X).With("y", Y).With("align", Align).With("bgcolor", BGColor).With("bordercolor", BorderColor)
            .With("borderpad", BorderPad).With("borderwidth", BorderWidth).With("font", Font).With("name", Name).With("opacity", Opacity)
            .With("showarrow", ShowArrow).With("text", Text).With("textangle", TextAngle).With("visible", Visible)
            .With("xanchor", XAnchor).With("xref", XRef).With("xshift", XShift).With("yanchor", YAnchor).With("yref", YRef)
            .With("yshift", YShift);
}

public class Shape : PlotlyObject
{
    public static Shape init<a, b, c, d>(
        FSharpOption<Color> FillColor = null, FSharpOption<StyleParam.Layer> Layer = null, FSharpOption<Line> Line = null,
        FSharpOption<string> Name = null, FSharpOption<double> Opacity = null, FSharpOption<StyleParam.ShapeType> ShapeType = null,
        FSharpOption<bool> Visible = null, FSharpOption<a> X0 = null, FSharpOption<b> X1 = null, FSharpOption<string> Xref = null,
        FSharpOption<c> Y0 = null, FSharpOption<d> Y1 = null, FSharpOption<string> Yref = null)
        where a : IConvertible where b : IConvertible where c : IConvertible where d : IConvertible =>
        new Shape().With("fillcolor", FillColor).With("layer", Layer).With("line", Line).With("name", Name).With("opacity", Opacity)
            .With("type", ShapeType).With("visible", Visible).With("x0", X0).With("x1", X1).With("xref", Xref).With("y0", Y0)
            .With("y1", Y1).With("yref", Yref);
}

public class LinearAxis : PlotlyObject
{
    public static LinearAxis init<a, b, c, d, e, f, g, h>(
        FSharpOption<bool> Visible = null, FSharpOption<Color> Color = null, FSharpOption<Title> Title = null,
        FSharpOption<StyleParam.AxisType> AxisType = null, FSharpOption<StyleParam.AutoRange> AutoRange = null, FSharpOption<StyleParam.RangeMode> RangeMode = null,
        FSharpOption<StyleParam.Range> Range = null, FSharpOption<bool> FixedRange = null,
        FSharpOption<StyleParam.LinearAxisId> Matches = null, FSharpOption<StyleParam.TickMode> TickMode = null,
        FSharpOption<int> NTicks = null, FSharpOption<c> Tick0 = null, FSharpOption<d> DTick = null,
        FSharpOption<IEnumerable<e>> TickVals = null, FSharpOption<IEnumerable<f>> TickText = null,
        FSharpOption<StyleParam.TickOptions> Ticks = null, FSharpOption<int> TickLen = null, FSharpOption<int> TickWidth = null,
        FSharpOption<Color> TickColor = null, FSharpOption<bool> ShowTickLabels = null,
        FSharpOption<StyleParam.TickAutoMargin> AutoMargin = null, FSharpOption<Font> TickFont = null,
        FSharpOption<int> TickAngle = null, FSharpOption<string> TickPrefix = null, FSharpOption<string> TickSuffix = null,
        FSharpOption<string> TickFormat = null, FSharpOption<string> HoverFormat = null, FSharpOption<bool> ShowLine = null,
        FSharpOption<Color> LineColor = null, FSharpOption<double> LineWidth = null, FSharpOption<bool> ShowGrid = null,
        FSharpOption<Color> GridColor = null, FSharpOption<StyleParam.DrawingStyle> GridDash = null,
        FSharpOption<double> GridWidth = null, FSharpOption<bool> ZeroLine = null, FSharpOption<Color> ZeroLineColor = null,
        FSharpOption<double> ZeroLineWidth = null, FSharpOption<StyleParam.LinearAxisId> Anchor = null,
        FSharpOption<StyleParam.Side> Side = null, FSharpOption<StyleParam.LinearAxisId> Overlaying = null,
        FSharpOption<StyleParam.Range> Domain = null, FSharpOption<StyleParam.CategoryOrder> CategoryOrder = null,
        FSharpOption<IEnumerable<g>> CategoryArray = null)
        where a : IConvertible where b : IConvertible where c : IConvertible where d : IConvertible where e : IConvertible where f : IConvertible where g : IConvertible where h : IConvertible =>
        new LinearAxis().With("visible", Visible).With("color", Color).With("title", Title).With("type", AxisType)
            .With("autorange", AutoRange).With("rangemode", RangeMode).With("range", Range).With("fixedrange", FixedRange).With("matches", Matches)
            .With("tickmode", TickMode).With("nticks", NTicks).With("tick0", Tick0).With("dtick", DTick).With("tickvals", TickVals)
            .With("ticktext", TickText).With("ticks", Ticks).With("ticklen", TickLen).With("tickwidth", TickWidth)
            .With("tickcolor", TickColor).With("showticklabels", ShowTickLabels).With("automargin", AutoMargin).With("tickfont", TickFont)
            .With("tickangle", TickAngle).With("tickprefix", TickPrefix).With("ticksuffix", TickSuffix).With("tickformat", TickFormat)
            .With("hoverformat", HoverFormat).With("showline", ShowLine).With("linecolor", LineColor).With("linewidth", LineWidth)
            .With("showgrid", ShowGrid).With("gridcolor", GridColor).With("griddash", GridDash).With("gridwidth", GridWidth)
            .With("zeroline", ZeroLine).With("zerolinecolor", ZeroLineColor).With("zerolinewidth", ZeroLineWidth).With("anchor", Anchor)
            .With("side", Side).With("overlaying", Overlaying).With("domain", Domain).With("categoryorder", CategoryOrder)
            .With("categoryarray", CategoryArray);
}

public class Legend : PlotlyObject
{
    public static Legend init(
        FSharpOption<Color> BGColor = null, FSharpOption<Color> BorderColor = null, FSharpOption<double> BorderWidth = null,
        FSharpOption<double> EntryWidth = null, FSharpOption<Font> Font = null, FSharpOption<StyleParam.Orientation> Orientation = null,
        FSharpOption<Title> Title = null, FSharpOption<double> TraceGroupGap = null, FSharpOption<bool> Visible = null,
        FSharpOption<double> X = null, FSharpOption<StyleParam.XAnchorPosition> XAnchor = null, FSharpOption<string> XRef = null,
        FSharpOption<double> Y = null, FSharpOption<StyleParam.YAnchorPosition> YAnchor = null, FSharpOption<string> YRef = null) =>
        new Legend().With("bgcolor", BGColor).With("bordercolor", BorderColor).With("borderwidth", BorderWidth)
            .With("entrywidth", EntryWidth).With("font", Font).With("orientation", Orientation).With("title", Title)
            .With("tracegroupgap", TraceGroupGap).With("visible", Visible).With("x", X).With("xanchor", XAnchor).With("xref", XRef)
            .With("y", Y).With("yanchor", YAnchor).With("yref", YRef);
}

public class Margin : PlotlyObject
{
    public static Margin init<a, b, c, d, e, f>(
        FSharpOption<a> Left = null, FSharpOption<b> Right = null, FSharpOption<c> Top = null, FSharpOption<d> Bottom = null,
        FSharpOption<e> Pad = null, FSharpOption<f> Autoexpand = null) =>
        new Margin().With("l", Left).With("r", Right).With("t", Top).With("b", Bottom).With("pad", Pad).With("autoexpand", Autoexpand);
}

public class LayoutGrid : PlotlyObject
{
    public static LayoutGrid init(
        FSharpOption<int> Rows = null, FSharpOption<int> Columns = null, FSharpOption<StyleParam.LayoutGridRowOrder> RowOrder = null,
        FSharpOption<StyleParam.LayoutGridPattern> Pattern = null, FSharpOption<double> XGap = null, FSharpOption<double> YGap = null) =>
        new LayoutGrid().With("rows", Rows).With("columns", Columns).With("roworder", RowOrder).With("pattern", Pattern)
            .With("xgap", XGap).With("ygap", YGap);
}
