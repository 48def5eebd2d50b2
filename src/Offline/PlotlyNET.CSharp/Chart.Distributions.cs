using Plotly.NET.TraceObjects;
using ResearchKit.Offline;

namespace Plotly.NET.CSharp;

// How values spread.
public static partial class Chart
{
    public static GenericChart Histogram<XType, YType, TextType>(
        Optional<IEnumerable<XType>> X = default, Optional<IEnumerable<YType>> Y = default,
        Optional<StyleParam.Orientation> Orientation = default, Optional<string> Name = default, Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default, Optional<TextType> Text = default, Optional<IEnumerable<TextType>> MultiText = default,
        Optional<StyleParam.HistNorm> HistNorm = default, Optional<int> NBinsX = default, Optional<int> NBinsY = default,
        Optional<string> BinGroup = default, Optional<Bins> XBins = default, Optional<Bins> YBins = default,
        Optional<Color> MarkerColor = default, Optional<Marker> Marker = default, Optional<Line> Line = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible where YType : IConvertible where TextType : IConvertible =>
        new Trace("histogram").With("name", Name).With("showlegend", ShowLegend).With("opacity", Opacity).With("x", X).With("y", Y)
            .With("text", Text).With("text", MultiText).With("orientation", Orientation).With("histnorm", HistNorm).With("nbinsx", NBinsX)
            .With("nbinsy", NBinsY).With("bingroup", BinGroup).With("xbins", XBins).With("ybins", YBins)
            .Markers(Marker, MarkerColor, default, Line).AsChart(UseDefaults);

    public static GenericChart Histogram2D<XType, YType, ZType>(
        IEnumerable<XType> x, IEnumerable<YType> y, Optional<string> Name = default, Optional<bool> ShowLegend = default,
        Optional<double> Opacity = default, Optional<StyleParam.HistNorm> HistNorm = default, Optional<int> NBinsX = default,
        Optional<int> NBinsY = default, Optional<Bins> XBins = default, Optional<Bins> YBins = default,
        Optional<ColorBar> ColorBar = default, Optional<StyleParam.Colorscale> ColorScale = default, Optional<bool> ShowScale = default,
        Optional<bool> ReverseScale = default, Optional<bool> UseDefaults = default)
        where XType : IConvertible where YType : IConvertible where ZType : IConvertible =>
        new Trace("histogram2d").With("name", Name).With("showlegend", ShowLegend).With("opacity", Opacity).Set("x", x)
            .Set("y", y).With("histnorm", HistNorm).With("nbinsx", NBinsX).With("nbinsy", NBinsY).With("xbins", XBins)
            .With("ybins", YBins).With("colorbar", ColorBar).With("colorscale", ColorScale).With("showscale", ShowScale)
            .With("reversescale", ReverseScale).AsChart(UseDefaults);

    public static GenericChart BoxPlot<XType, YType, TextType>(
        Optional<IEnumerable<XType>> X = default, Optional<IEnumerable<YType>> Y = default, Optional<string> Name = default,
        Optional<bool> ShowLegend = default, Optional<TextType> Text = default, Optional<IEnumerable<TextType>> MultiText = default,
        Optional<Color> FillColor = default, Optional<Color> MarkerColor = default, Optional<Marker> Marker = default,
        Optional<double> Opacity = default, Optional<double> WhiskerWidth = default, Optional<StyleParam.BoxPoints> BoxPoints = default,
        Optional<StyleParam.BoxMean> BoxMean = default, Optional<double> Jitter = default, Optional<double> PointPos = default,
        Optional<StyleParam.Orientation> Orientation = default, Optional<Color> OutlineColor = default,
        Optional<double> OutlineWidth = default, Optional<Line> Outline = default, Optional<bool> Notched = default,
        Optional<bool> UseDefaults = default)
        where XType : IConvertible where YType : IConvertible where TextType : IConvertible =>
        new Trace("box").With("x", X).With("y", Y).With("name", Name).With("showlegend", ShowLegend).With("text", Text)
            .With("text", MultiText).With("fillcolor", FillColor).With("opacity", Opacity).With("whiskerwidth", WhiskerWidth)
            .With("boxpoints", BoxPoints).With("boxmean", BoxMean).With("jitter", Jitter).With("pointpos", PointPos)
            .With("orientation", Orientation).With("notched", Notched).Markers(Marker, MarkerColor, default, default)
            .Lines(Outline, OutlineColor, default, OutlineWidth, default).AsChart(UseDefaults);

    public static GenericChart Violin<XType, YType, TextType>(
        Optional<IEnumerable<XType>> X = default, Optional<IEnumerable<YType>> Y = default, Optional<string> Name = default,
        Optional<bool> ShowLegend = default, Optional<TextType> Text = default, Optional<IEnumerable<TextType>> MultiText = default,
        Optional<Color> FillColor = default, Optional<double> Opacity = default, Optional<StyleParam.BoxPoints> Points = default,
        Optional<double> Jitter = default, Optional<double> PointPos = default, Optional<StyleParam.Orientation> Orientation = default,
        Optional<double> Width = default, Optional<Color> MarkerColor = default, Optional<Marker> Marker = default,
        Optional<Color> OutlineColor = default, Optional<double> OutlineWidth = default, Optional<Line> Outline = default,
        Optional<bool> ShowBox = default, Optional<double> BoxWidth = default, Optional<Box> Box = default,
        Optional<double> BandWidth = default, Optional<MeanLine> MeanLine = default, Optional<bool> UseDefaults = default)
        where XType : IConvertible where YType : IConvertible where TextType : IConvertible =>
        new Trace("violin").With("x", X).With("y", Y).With("name", Name).With("showlegend", ShowLegend).With("text", Text)
            .With("text", MultiText).With("fillcolor", FillColor).With("opacity", Opacity).With("points", Points).With("jitter", Jitter)
            .With("pointpos", PointPos).With("orientation", Orientation).With("width", Width).With("bandwidth", BandWidth)
            .With("meanline", MeanLine).Markers(Marker, MarkerColor, default, default)
            .Lines(Outline, OutlineColor, default, OutlineWidth, default).Boxed(Box, ShowBox, BoxWidth).AsChart(UseDefaults);

    private static Trace Boxed(this Trace trace, Optional<Box> box, Optional<bool> visible, Optional<double> width)
    {
        if (box.IsSome || visible.IsSome || width.IsSome) trace.PartFrom("box", box).With("visible", visible).With("width", width);
        return trace;
    }
}
