using Microsoft.FSharp.Core;
using Plotly.NET.LayoutObjects;
using Plotly.NET.TraceObjects;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>Fluent styling. As in the real package, the chart's own traces and layout change, though the chart that comes back is another.</summary>
public static class GenericChartExtensions
{
    public static GenericChart WithMarkerStyle(
        this GenericChart @this, FSharpOption<Color> Color = null, FSharpOption<StyleParam.Colorscale> Colorscale = null,
        FSharpOption<Line> Outline = null, FSharpOption<double> Opacity = null, FSharpOption<IEnumerable<double>> MultiOpacity = null,
        FSharpOption<Pattern> Pattern = null, FSharpOption<bool> ReverseScale = null, FSharpOption<bool> ShowScale = null,
        FSharpOption<int> Size = null, FSharpOption<IEnumerable<int>> MultiSize = null,
        FSharpOption<StyleParam.MarkerSymbol> Symbol = null, FSharpOption<IEnumerable<StyleParam.MarkerSymbol>> MultiSymbol = null) =>
        @this.Each(trace => trace.Part<Marker>("marker").With("color", Color).With("colorscale", Colorscale).With("line", Outline)
            .With("opacity", Opacity).With("opacity", MultiOpacity).With("pattern", Pattern).With("reversescale", ReverseScale)
            .With("showscale", ShowScale).With("size", Size).With("size", MultiSize).With("symbol", Symbol).With("symbol", MultiSymbol));

    public static GenericChart WithLineStyle(
        this GenericChart @this, FSharpOption<Color> Color = null, FSharpOption<StyleParam.Colorscale> Colorscale = null,
        FSharpOption<StyleParam.DrawingStyle> Dash = null, FSharpOption<StyleParam.Shape> Shape = null,
        FSharpOption<double> Smoothing = null, FSharpOption<double> Width = null) =>
        @this.Each(trace => trace.Part<Line>("line").With("color", Color).With("colorscale", Colorscale).With("dash", Dash)
            .With("shape", Shape).With("smoothing", Smoothing).With("width", Width));

    public static GenericChart WithXErrorStyle<m, n>(
        this GenericChart @this, FSharpOption<IEnumerable<m>> Array = null, FSharpOption<IEnumerable<n>> Arrayminus = null,
        FSharpOption<bool> Symmetric = null, FSharpOption<Color> Color = null, FSharpOption<double> Thickness = null,
        FSharpOption<double> Width = null)
        where m : IConvertible where n : IConvertible =>
        @this.Each(trace => trace.Part<Error>("error_x").With("array", Array).With("arrayminus", Arrayminus).With("symmetric", Symmetric)
            .With("color", Color).With("thickness", Thickness).With("width", Width));

    public static GenericChart WithYErrorStyle<k, l>(
        this GenericChart @this, FSharpOption<IEnumerable<k>> Array = null, FSharpOption<IEnumerable<l>> Arrayminus = null,
        FSharpOption<bool> Symmetric = null, FSharpOption<Color> Color = null, FSharpOption<double> Thickness = null,
        FSharpOption<double> Width = null)
        where k : IConvertible where l : IConvertible =>
        @this.Each(trace => trace.Part<Error>("error_y").With("array", Array).With("arrayminus", Arrayminus).With("symmetric", Symmetric)
            .With("color", Color).With("thickness", Thickness).With("width", Width));

    public static GenericChart WithColorbar(this GenericChart @this, Title title, FSharpOption<double> Length = null) =>
        @this.Each(trace => trace.Part<ColorBar>("colorbar").Set("title", title).With("len", Length));

    public static GenericChart WithAxisAnchor(this GenericChart @this, FSharpOption<int> X = null, FSharpOption<int> Y = null) =>
        @this.Each(trace => trace.Anchor(X, Y));

    public static GenericChart WithTitle(this GenericChart @this, string title, FSharpOption<Font> TitleFont = null) =>
        @this.Arrange(layout => layout.Put("title", Title.init(Text: title, Font: TitleFont)));

    public static GenericChart WithSize(this GenericChart @this, int width, int height) =>
        @this.Arrange(layout => layout.Set("width", width).Set("height", height));

    public static GenericChart WithTemplate(this GenericChart @this, Template template) =>
        @this.Arrange(layout => layout.Put("template", template));

    public static GenericChart WithLayoutStyle<h>(
        this GenericChart @this, FSharpOption<Title> Title = null, FSharpOption<bool> ShowLegend = null,
        FSharpOption<Margin> Margin = null, FSharpOption<bool> AutoSize = null, FSharpOption<int> Width = null,
        FSharpOption<int> Height = null, FSharpOption<Font> Font = null, FSharpOption<Color> PaperBGColor = null,
        FSharpOption<Color> PlotBGColor = null, FSharpOption<Color> Colorway = null,
        FSharpOption<StyleParam.HoverMode> HoverMode = null, FSharpOption<double> BarGap = null,
        FSharpOption<double> BarGroupGap = null, FSharpOption<StyleParam.BarMode> BarMode = null, FSharpOption<double> BoxGap = null,
        FSharpOption<double> BoxGroupGap = null, FSharpOption<IEnumerable<Annotation>> Annotations = null,
        FSharpOption<IEnumerable<Shape>> Shapes = null)
        where h : IConvertible =>
        @this.Arrange(layout => layout.With("title", Title).With("showlegend", ShowLegend).With("margin", Margin)
            .With("autosize", AutoSize).With("width", Width).With("height", Height).With("font", Font).With("paper_bgcolor", PaperBGColor)
            .With("plot_bgcolor", PlotBGColor).With("colorway", Colorway).With("hovermode", HoverMode).With("bargap", BarGap)
            .With("bargroupgap", BarGroupGap).With("barmode", BarMode).With("boxgap", BoxGap).With("boxgroupgap", BoxGroupGap)
            .With("annotations", Annotations).With("shapes", Shapes));

    public static GenericChart WithLayout(this GenericChart @this, Layout layout) =>
        @this.Arrange(old => Layout.Combined(old, layout));

    public static GenericChart WithConfig(this GenericChart @this, Config config) =>
        GenericChart.setConfig(config, @this);

    public static GenericChart WithMarginSize<a, b, c, d, e, f>(
        this GenericChart @this, FSharpOption<a> Left = null, FSharpOption<b> Right = null, FSharpOption<c> Top = null,
        FSharpOption<d> Bottom = null, FSharpOption<e> Pad = null, FSharpOption<f> Autoexpand = null) =>
        @this.Arrange(layout => layout.Part<Margin>("margin").With("l", Left).With("r", Right).With("t", Top).With("b", Bottom)
            .With("pad", Pad).With("autoexpand", Autoexpand));

    public static GenericChart WithMargin(this GenericChart @this, Margin margin) =>
        @this.Arrange(layout => layout.Put("margin", margin));

    public static GenericChart WithLegend(this GenericChart @this, Legend legend) =>
        @this.Arrange(layout => layout.Part<Legend>("legend").Merge(legend));

    public static GenericChart WithLegend(this GenericChart @this, bool showlegend) =>
        @this.Arrange(layout => layout.Put("showlegend", showlegend));

    public static GenericChart WithXAxis(this GenericChart @this, LinearAxis xAxis, FSharpOption<StyleParam.SubPlotId> Id = null) =>
        @this.Arrange(layout => layout.Part<LinearAxis>(Id?.Value.ToString() ?? "xaxis").Merge(xAxis));

    public static GenericChart WithYAxis(this GenericChart @this, LinearAxis yAxis, FSharpOption<StyleParam.SubPlotId> Id = null) =>
        @this.Arrange(layout => layout.Part<LinearAxis>(Id?.Value.ToString() ?? "yaxis").Merge(yAxis));

    public static GenericChart WithAnnotation(this GenericChart @this, Annotation annotation) =>
        @this.Arrange(layout => layout.Put("annotations", PlotlyObjectExtensions.Joined(new[] { annotation }, layout.Get<object>("annotations"))));

    public static GenericChart WithAnnotations(this GenericChart @this, IEnumerable<Annotation> annotations) =>
        @this.Arrange(layout => layout.Put("annotations", PlotlyObjectExtensions.Joined(annotations, layout.Get<object>("annotations"))));

    public static GenericChart WithShape(this GenericChart @this, Shape shape) =>
        @this.Arrange(layout => layout.Put("shapes", PlotlyObjectExtensions.Joined(new[] { shape }, layout.Get<object>("shapes"))));

    public static GenericChart WithShapes(this GenericChart @this, IEnumerable<Shape> shapes) =>
        @this.Arrange(layout => layout.Put("shapes", PlotlyObjectExtensions.Joined(shapes, layout.Get<object>("shapes"))));

    public static GenericChart WithTraceInfo(
        this GenericChart @this, FSharpOption<string> Name = null, FSharpOption<StyleParam.Visible> Visible = null,
        FSharpOption<bool> ShowLegend = null, FSharpOption<int> LegendRank = null, FSharpOption<string> LegendGroup = null,
        FSharpOption<Title> LegendGroupTitle = null) =>
        @this.Each((trace, number) => trace
            .With("name", Name is null || number == 0 ? Name : FSharpOption<string>.Some($"{Name.Value}_{number}")).With("visible", Visible)
            .With("showlegend", ShowLegend).With("legendrank", LegendRank).With("legendgroup", LegendGroup).With("legendgrouptitle", LegendGroupTitle));
}
