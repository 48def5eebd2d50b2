using Plotly.NET.LayoutObjects;
using ResearchKit.Offline;

namespace Plotly.NET.CSharp;

// Values over a plane.
public static partial class Chart
{
    public static GenericChart Heatmap<ZType, XType, YType, TextType>(
        IEnumerable<IEnumerable<ZType>> zData, Optional<string> Name = default, Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default, Optional<IEnumerable<XType>> X = default, Optional<int> XGap = default,
        Optional<IEnumerable<YType>> Y = default, Optional<int> YGap = default, Optional<TextType> Text = default,
        Optional<IEnumerable<TextType>> MultiText = default, Optional<ColorBar> ColorBar = default,
        Optional<StyleParam.Colorscale> ColorScale = default, Optional<bool> ShowScale = default, Optional<bool> ReverseScale = default,
        Optional<bool> Transpose = default, Optional<bool> ReverseYAxis = default, Optional<bool> UseDefaults = default)
        where ZType : IConvertible where XType : IConvertible where YType : IConvertible where TextType : IConvertible =>
        new Trace("heatmap").With("name", Name).With("showlegend", ShowLegend).With("opacity", Opacity).With("x", X).With("xgap", XGap)
            .With("y", Y).With("ygap", YGap).Set("z", zData).With("text", Text).With("text", MultiText)
            .With("colorbar", ColorBar).With("colorscale", ColorScale).With("showscale", ShowScale).With("reversescale", ReverseScale)
            .With("transpose", Transpose).AsChart(UseDefaults).Reversed(ReverseYAxis);

    public static GenericChart AnnotatedHeatmap<ZType, XType, YType, TextType>(
        IEnumerable<IEnumerable<ZType>> zData, IEnumerable<IEnumerable<string>> annotationText, Optional<string> Name = default,
        Optional<bool> ShowLegend = default, Optional<double> Opacity = default, Optional<IEnumerable<XType>> X = default,
        Optional<int> XGap = default, Optional<IEnumerable<YType>> Y = default, Optional<int> YGap = default,
        Optional<TextType> Text = default, Optional<IEnumerable<TextType>> MultiText = default, Optional<ColorBar> ColorBar = default,
        Optional<StyleParam.Colorscale> ColorScale = default, Optional<bool> ShowScale = default, Optional<bool> ReverseScale = default,
        Optional<bool> Transpose = default, Optional<bool> ReverseYAxis = default, Optional<bool> UseDefaults = default)
        where ZType : IConvertible where XType : IConvertible where YType : IConvertible where TextType : IConvertible =>
        Heatmap(zData, Name: Name, ShowLegend: ShowLegend, Opacity: Opacity, X: X, XGap: XGap, Y: Y, YGap: YGap, Text: Text, MultiText: MultiText,
            ColorBar: ColorBar, ColorScale: ColorScale, ShowScale: ShowScale, ReverseScale: ReverseScale, Transpose: Transpose,
            ReverseYAxis: ReverseYAxis, UseDefaults: UseDefaults).Annotated(zData, annotationText);

    public static GenericChart Contour<ZType, XType, YType, TextType>(
        IEnumerable<IEnumerable<ZType>> zData, Optional<string> Name = default, Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default, Optional<IEnumerable<XType>> X = default, Optional<IEnumerable<YType>> Y = default,
        Optional<ColorBar> ColorBar = default, Optional<StyleParam.Colorscale> ColorScale = default, Optional<bool> ShowScale = default,
        Optional<bool> ReverseScale = default, Optional<bool> Transpose = default, Optional<Line> ContourLine = default,
        Optional<bool> ShowContourLabels = default, Optional<Color> FillColor = default, Optional<int> NContours = default,
        Optional<bool> UseDefaults = default)
        where ZType : IConvertible where XType : IConvertible where YType : IConvertible where TextType : IConvertible =>
        new Trace("contour").With("name", Name).With("showlegend", ShowLegend).With("opacity", Opacity).With("x", X).With("y", Y)
            .Set("z", zData).With("colorbar", ColorBar).With("colorscale", ColorScale).With("showscale", ShowScale)
            .With("reversescale", ReverseScale).With("transpose", Transpose).With("fillcolor", FillColor).With("ncontours", NContours)
            .Set("line", ContourLine.Or(Plotly.NET.Line.init(Width: 0.0)))
            .Labelled(ShowContourLabels).AsChart(UseDefaults);

    private static GenericChart Reversed(this GenericChart chart, Optional<bool> reversed)
    {
        if (reversed.Or(false)) GenericChart.getLayout(chart).Part<LinearAxis>("yaxis").Put("autorange", "reversed");
        return chart;
    }

    private static Trace Labelled(this Trace trace, Optional<bool> labels)
    {
        if (labels.IsSome) trace.Put("contours", new Contours(labels.Value));
        return trace;
    }

    private sealed class Contours : PlotlyObject
    {
        public Contours(bool labels) => Put("showlabels", labels);
    }

    // As in the real package: at the cells' numbers, and as many texts in a row as both have.
    private static GenericChart Annotated<Z>(this GenericChart chart, IEnumerable<IEnumerable<Z>> cells, IEnumerable<IEnumerable<string>> texts)
    {
        var (rows, lines) = (cells.ToList(), texts.ToList());
        if (lines.Count < rows.Count) throw new Exception($"{rows.Count} rows of cells have only {lines.Count} rows of texts.");
        var annotations = rows.SelectMany((row, y) => row.Zip(lines[y], (_, text) => text).Select((text, x) =>
            Annotation.init<int, int, int, string, int, string, int, string, int, string>(X: x, Y: y, Text: text, ShowArrow: false))).ToArray();
        return chart.WithAnnotations(annotations);
    }
}
