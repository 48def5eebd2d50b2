using Microsoft.FSharp.Core;
using ResearchKit.Offline;

namespace Plotly.NET.TraceObjects;

public class Marker : PlotlyObject
{
    public static Marker init(
        FSharpOption<Color> Color = null, FSharpOption<StyleParam.Colorscale> Colorscale = null, FSharpOption<Line> Outline = null,
        FSharpOption<double> Opacity = null, FSharpOption<IEnumerable<double>> MultiOpacity = null,
        FSharpOption<Pattern> Pattern = null, FSharpOption<bool> ReverseScale = null, FSharpOption<bool> ShowScale = null,
        FSharpOption<int> Size = null, FSharpOption<IEnumerable<int>> MultiSize = null,
        FSharpOption<StyleParam.MarkerSymbol> Symbol = null, FSharpOption<IEnumerable<StyleParam.MarkerSymbol>> MultiSymbol = null) =>
        new Marker().With("color", Color).With("colorscale", Colorscale).With("line", Outline).With("opacity", Opacity)
            .With("opacity", MultiOpacity).With("pattern", Pattern).With("reversescale", ReverseScale).With("showscale", ShowScale)
            .With("size", Size).With("size", MultiSize).With("symbol", Symbol).With("symbol", MultiSymbol);
}

public class Pattern : PlotlyObject
{
    public static Pattern init(
        FSharpOption<Color> BGColor = null, FSharpOption<Color> FGColor = null, FSharpOption<double> FGOpacity = null,
        FSharpOption<StyleParam.PatternShape> Shape = null, FSharpOption<int> Size = null, FSharpOption<double> Solidity = null) =>
        new Pattern().With("bgcolor", BGColor).With("fgcolor", FGColor).With("fgopacity", FGOpacity).With("shape", Shape)
            .With("size", Size).With("solidity", Solidity);
}

public class Bins : PlotlyObject
{
    public static Bins init(FSharpOption<double> Start = null, FSharpOption<double> End = null, FSharpOption<double> Size = null) =>
        new Bins().With("start", Start).With("end", End).With("size", Size);
}

public class MeanLine : PlotlyObject
{
    public static MeanLine init(FSharpOption<bool> Visible = null, FSharpOption<Color> Color = null, FSharpOption<double> Width = null) =>
        new MeanLine().With("visible", Visible).With("color", Color).With("width", Width);
}

public class Box : PlotlyObject
{
    public static Box init(FSharpOption<bool> Visible = null, FSharpOption<double> Width = null, FSharpOption<Color> FillColor = null) =>
        new Box().With("visible", Visible).With("width", Width).With("fillcolor", FillColor);
}

public class Error : PlotlyObject
{
    public static Error init<a, b>(
        FSharpOption<bool> Visible = null, FSharpOption<bool> Symmetric = null, FSharpOption<IEnumerable<a>> Array = null,
        FSharpOption<IEnumerable<b>> Arrayminus = null, FSharpOption<Color> Color = null, FSharpOption<double> Thickness = null,
        FSharpOption<double> Width = null)
        where a : IConvertible where b : IConvertible =>
        new Error().With("visible", Visible).With("symmetric", Symmetric).With("array", Array).With("arrayminus", Arrayminus)
            .With("color", Color).With("thickness", Thickness).With("width", Width);
}
