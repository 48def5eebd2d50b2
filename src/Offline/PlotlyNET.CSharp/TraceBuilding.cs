using Plotly.NET.TraceObjects;
using ResearchKit.Offline;

namespace Plotly.NET.CSharp;

/// <summary>From named parameters to a trace of plotly.js.</summary>
internal static class TraceBuilding
{
    public static T With<T, V>(this T target, string key, Optional<V> value) where T : PlotlyObject
    {
        if (value.IsSome) target.Put(key, value.Value);
        return target;
    }

    public static V Or<V>(this Optional<V> value, V other) => value.IsSome ? value.Value : other;

    /// <summary>A part of the trace: the one given, or an empty one to fill.</summary>
    public static T PartFrom<T>(this Trace trace, string key, Optional<T> given) where T : PlotlyObject, new()
    {
        if (given.IsSome) trace.Put(key, given.Value);
        return trace.Part<T>(key);
    }

    public static Trace Markers(this Trace trace, Optional<Marker> marker, Optional<Color> color, Optional<StyleParam.Colorscale> scale, Optional<Line> outline,
        Optional<StyleParam.MarkerSymbol> symbol = default, Optional<IEnumerable<StyleParam.MarkerSymbol>> symbols = default,
        Optional<IEnumerable<double>> opacities = default, Optional<StyleParam.PatternShape> pattern = default)
    {
        var part = trace.PartFrom("marker", marker).With("color", color).With("colorscale", scale).With("line", outline)
            .With("symbol", symbol).With("symbol", symbols).With("opacity", opacities);
        if (pattern.IsSome) part.Put("pattern", Pattern.init(Shape: pattern.Value));
        return trace;
    }

    public static Trace Lines(this Trace trace, Optional<Line> line, Optional<Color> color, Optional<StyleParam.Colorscale> scale,
        Optional<double> width, Optional<StyleParam.DrawingStyle> dash)
    {
        trace.PartFrom("line", line).With("color", color).With("colorscale", scale).With("width", width).With("dash", dash);
        return trace;
    }

    public static GenericChart AsChart(this Trace trace, Optional<bool> useDefaults) => GenericChart.Of(trace, useDefaults.Or(true));
}
