using Plotly.NET.LayoutObjects;

namespace Plotly.NET.CSharp;

/// <summary>Fluent styling with named parameters; charts change in place, as in the real package.</summary>
public static class GenericChartExtensions
{
    public static Layout GetLayout(this GenericChart gChart) =>
        GenericChart.getLayout(gChart);

    public static Trace[] GetTraces(this GenericChart gChart) =>
        [.. GenericChart.getTraces(gChart)];

    public static GenericChart WithLegend(this GenericChart gChart, Legend legend) =>
        gChart.Arrange(layout => layout.Part<Legend>("legend").Merge(legend));

    public static GenericChart WithLegendStyle(
        this GenericChart gChart, Optional<Color> BGColor = default, Optional<Color> BorderColor = default,
        Optional<double> BorderWidth = default, Optional<double> EntryWidth = default, Optional<Font> Font = default,
        Optional<StyleParam.Orientation> Orientation = default, Optional<Title> Title = default,
        Optional<double> TraceGroupGap = default, Optional<double> X = default, Optional<StyleParam.XAnchorPosition> XAnchor = default,
        Optional<double> Y = default, Optional<StyleParam.YAnchorPosition> YAnchor = default) =>
        gChart.Arrange(layout => layout.Part<Legend>("legend").With("bgcolor", BGColor).With("bordercolor", BorderColor)
            .With("borderwidth", BorderWidth).With("entrywidth", EntryWidth).With("font", Font).With("orientation", Orientation)
            .With("title", Title).With("tracegroupgap", TraceGroupGap).With("x", X).With("xanchor", XAnchor).With("y", Y)
            .With("yanchor", YAnchor));

    public static GenericChart WithSize(this GenericChart gChart, Optional<int> Width = default, Optional<int> Height = default) =>
        gChart.Arrange(layout => layout.With("width", Width).With("height", Height));

    public static GenericChart WithTraceInfo(
        this GenericChart gChart, Optional<string> Name = default, Optional<StyleParam.Visible> Visible = default,
        Optional<bool> ShowLegend = default, Optional<int> LegendRank = default, Optional<string> LegendGroup = default,
        Optional<Title> LegendGroupTitle = default) =>
        gChart.Each((trace, number) => trace
            .With("name", Name.IsSome && number > 0 ? $"{Name.Value}_{number}" : Name).With("visible", Visible).With("showlegend", ShowLegend)
            .With("legendrank", LegendRank).With("legendgroup", LegendGroup).With("legendgrouptitle", LegendGroupTitle));

    public static GenericChart WithXAxisStyle<MinType, MaxType, CategoryArrayType>(
        this GenericChart gChart, Optional<string> TitleText = default, Optional<Font> TitleFont = default,
        Optional<Title> Title = default, Optional<Color> Color = default, Optional<StyleParam.AxisType> AxisType = default,
        Optional<Tuple<MinType, MaxType>> MinMax = default, Optional<bool> ShowLine = default, Optional<Color> LineColor = default,
        Optional<bool> ShowGrid = default, Optional<Color> GridColor = default, Optional<bool> ZeroLine = default,
        Optional<Color> ZeroLineColor = default, Optional<StyleParam.LinearAxisId> Anchor = default,
        Optional<StyleParam.Side> Side = default, Optional<StyleParam.LinearAxisId> Overlaying = default,
        Optional<double> Position = default, Optional<StyleParam.CategoryOrder> CategoryOrder = default,
        Optional<IEnumerable<CategoryArrayType>> CategoryArray = default, Optional<StyleParam.SubPlotId> Id = default)
        where MinType : IConvertible where MaxType : IConvertible where CategoryArrayType : IConvertible =>
        gChart.OnAxis("xaxis", Id, TitleText, TitleFont, Title, MinMax, axis => axis.With("color", Color).With("type", AxisType)
            .With("showline", ShowLine).With("linecolor", LineColor).With("showgrid", ShowGrid).With("gridcolor", GridColor)
            .With("zeroline", ZeroLine).With("zerolinecolor", ZeroLineColor).With("anchor", Anchor).With("side", Side)
            .With("overlaying", Overlaying).With("position", Position).With("categoryorder", CategoryOrder)
            .With("categoryarray", CategoryArray));

    public static GenericChart WithYAxisStyle<MinType, MaxType, CategoryArrayType>(
        this GenericChart gChart, Optional<string> TitleText = default, Optional<Font> TitleFont = default,
        Optional<Title> Title = default, Optional<Color> Color = default, Optional<StyleParam.AxisType> AxisType = default,
        Optional<Tuple<MinType, MaxType>> MinMax = default, Optional<bool> ShowLine = default, Optional<Color> LineColor = default,
        Optional<bool> ShowGrid = default, Optional<Color> GridColor = default, Optional<bool> ZeroLine = default,
        Optional<Color> ZeroLineColor = default, Optional<StyleParam.LinearAxisId> Anchor = default,
        Optional<StyleParam.Side> Side = default, Optional<StyleParam.LinearAxisId> Overlaying = default,
        Optional<double> Position = default, Optional<StyleParam.CategoryOrder> CategoryOrder = default,
        Optional<IEnumerable<CategoryArrayType>> CategoryArray = default, Optional<StyleParam.SubPlotId> Id = default)
        where MinType : IConvertible where MaxType : IConvertible where CategoryArrayType : IConvertible =>
        gChart.OnAxis("yaxis", Id, TitleText, TitleFont, Title, MinMax, axis => axis.With("color", Color).With("type", AxisType)
            .With("showline", ShowLine).With("linecolor", LineColor).With("showgrid", ShowGrid).With("gridcolor", GridColor)
            .With("zeroline", ZeroLine).With("zerolinecolor", ZeroLineColor).With("anchor", Anchor).With("side", Side)
            .With("overlaying", Overlaying).With("position", Position).With("categoryorder", CategoryOrder)
            .With("categoryarray", CategoryArray));

    public static void SaveHtml(this GenericChart gChart, string path)
    {
        if (!path.EndsWith(".html", StringComparison.Ordinal)) path += ".html";
        File.WriteAllText(path, GenericChart.toEmbeddedHTML(gChart));
    }

    private static GenericChart OnAxis<A, B>(this GenericChart chart, string key, Optional<StyleParam.SubPlotId> id, Optional<string> text, Optional<Font> font,
        Optional<Title> title, Optional<Tuple<A, B>> range, Action<LinearAxis> style) => chart.Arrange(layout =>
    {
        var axis = layout.Part<LinearAxis>(id.IsSome ? id.Value.ToString() : key);
        if (title.IsSome) axis.Put("title", title.Value);
        if (text.IsSome || font.IsSome) axis.Part<Title>("title").With("text", text).With("font", font);
        if (range.IsSome) axis.Put("range", new object[] { range.Value.Item1, range.Value.Item2 });
        style(axis);
    });
}
