using Microsoft.FSharp.Core;
using Plotly.NET.LayoutObjects;
using ResearchKit.Offline;

namespace Plotly.NET;

public class Layout : PlotlyObject
{
    public static Layout init<a>(
        FSharpOption<Title> Title = null, FSharpOption<bool> ShowLegend = null, FSharpOption<Margin> Margin = null,
        FSharpOption<bool> AutoSize = null, FSharpOption<int> Width = null, FSharpOption<int> Height = null,
        FSharpOption<Font> Font = null, FSharpOption<Color> PaperBGColor = null, FSharpOption<Color> PlotBGColor = null,
        FSharpOption<Color> Colorway = null, FSharpOption<StyleParam.HoverMode> HoverMode = null, FSharpOption<double> BarGap = null,
        FSharpOption<double> BarGroupGap = null, FSharpOption<StyleParam.BarMode> BarMode = null, FSharpOption<double> BoxGap = null,
        FSharpOption<double> BoxGroupGap = null, FSharpOption<IEnumerable<Annotation>> Annotations = null,
        FSharpOption<IEnumerable<Shape>> Shapes = null)
        where a : IConvertible =>
        new Layout().With("title", Title).With("showlegend", ShowLegend).With("margin", Margin).With("autosize", AutoSize)
            .With("width", Width).With("height", Height).With("font", Font).With("paper_bgcolor", PaperBGColor)
            .With("plot_bgcolor", PlotBGColor).With("colorway", Colorway).With("hovermode", HoverMode).With("bargap", BarGap)
            .With("bargroupgap", BarGroupGap).With("barmode", BarMode).With("boxgap", BoxGap).With("boxgroupgap", BoxGroupGap)
            .With("annotations", Annotations).With("shapes", Shapes);

    /// <summary>The first with the second's keys over its own; annotations and shapes of both are kept.</summary>
    internal static Layout Combined(Layout first, Layout second)
    {
        var lists = ((string[])["annotations", "shapes"]).ToDictionary(
            key => key, key => PlotlyObjectExtensions.Joined(first.Get<object>(key), second.Get<object>(key)));
        first.Merge(second);
        foreach (var (key, both) in lists)
            if (both is not null) first.Put(key, both);
        return first;
    }
}
