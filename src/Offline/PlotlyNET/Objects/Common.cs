using Microsoft.FSharp.Core;
using ResearchKit.Offline;

namespace Plotly.NET;

public class Font : PlotlyObject
{
    public static Font init(
        FSharpOption<StyleParam.FontFamily> Family = null, FSharpOption<double> Size = null, FSharpOption<Color> Color = null) =>
        new Font().With("family", Family).With("size", Size).With("color", Color);
}

public class Padding : PlotlyObject
{
    public static Padding init(
        FSharpOption<int> B = null, FSharpOption<int> L = null, FSharpOption<int> R = null, FSharpOption<int> T = null) =>
        new Padding().With("b", B).With("l", L).With("r", R).With("t", T);
}

public class Title : PlotlyObject
{
    public static Title init(
        FSharpOption<string> Text = null, FSharpOption<Font> Font = null, FSharpOption<bool> AutoMargin = null,
        FSharpOption<Padding> Pad = null, FSharpOption<double> X = null, FSharpOption<StyleParam.XAnchorPosition> XAnchor = null,
        FSharpOption<string> XRef = null, FSharpOption<double> Y = null, FSharpOption<StyleParam.YAnchorPosition> YAnchor = null,
        FSharpOption<string> YRef = null, FSharpOption<int> Standoff = null, FSharpOption<StyleParam.Side> Side = null) =>
        new Title().With("text", Text).With("font", Font).With("automargin", AutoMargin).With("pad", Pad).With("x", X)
            .With("xanchor", XAnchor).With("xref", XRef).With("y", Y).With("yanchor", YAnchor).With("yref", YRef)
            .With("standoff", Standoff).With("side", Side);
}

public class Line : PlotlyObject
{
    public static Line init(
        FSharpOption<Color> Color = null, FSharpOption<StyleParam.Colorscale> Colorscale = null,
        FSharpOption<StyleParam.DrawingStyle> Dash = null, FSharpOption<StyleParam.Shape> Shape = null,
        FSharpOption<double> Smoothing = null, FSharpOption<double> Width = null) =>
        new Line().With("color", Color).With("colorscale", Colorscale).With("dash", Dash).With("shape", Shape)
            .With("smoothing", Smoothing).With("width", Width);
}

public class ColorBar : PlotlyObject
{
    public static ColorBar init<a, b>(
        FSharpOption<Color> BGColor = null, FSharpOption<double> Len = null, FSharpOption<double> OutlineWidth = null,
        FSharpOption<double> Thickness = null, FSharpOption<Font> TickFont = null, FSharpOption<string> TickFormat = null,
        FSharpOption<string> TickPrefix = null, FSharpOption<string> TickSuffix = null, FSharpOption<IEnumerable<a>> TickText = null,
        FSharpOption<IEnumerable<b>> TickVals = null, FSharpOption<Title> Title = null)
        where a : IConvertible where b : IConvertible =>
        new ColorBar().With("bgcolor", BGColor).With("len", Len).With("outlinewidth", OutlineWidth).With("thickness", Thickness)
            .With("tickfont", TickFont).With("tickformat", TickFormat).With("tickprefix", TickPrefix).With("ticksuffix", TickSuffix)
            .With("ticktext", TickText).With("tickvals", TickVals).With("title", Title);
}
