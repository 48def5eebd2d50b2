using Microsoft.FSharp.Core;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>One drawn thing with its data.</summary>
public class Trace : PlotlyObject
{
    public Trace(string traceTypeName) => Put("type", traceTypeName);

    public string type
    {
        get => Get<string>("type");
        set => Put("type", value);
    }
}

internal static class PlotlyParts
{
    /// <summary>An object within an object, made where there is none.</summary>
    public static T Part<T>(this PlotlyObject whole, string key) where T : PlotlyObject, new()
    {
        if (whole.TryGet(key, out T part)) return part;
        whole.Put(key, part = new T());
        return part;
    }

    public static void Anchor(this Trace trace, FSharpOption<int> x, FSharpOption<int> y)
    {
        if (x is not null) trace.Put("xaxis", StyleParam.LinearAxisId.NewX(x.Value));
        if (y is not null) trace.Put("yaxis", StyleParam.LinearAxisId.NewY(y.Value));
    }
}
