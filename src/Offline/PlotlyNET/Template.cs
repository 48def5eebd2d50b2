using System.Text.Json.Nodes;
using Microsoft.FSharp.Core;
using Plotly.NET.LayoutObjects;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>A look for many charts: a layout, and traces of each kind.</summary>
public class Template : PlotlyObject
{
    public static Template init<c>(Layout layoutTemplate, FSharpOption<IEnumerable<c>> TraceTemplates = null) where c : Trace
    {
        var template = new Template().Set("layout", layoutTemplate);
        if (TraceTemplates is not null)
            template.Put("data", new Traces(TraceTemplates.Value.GroupBy(t => t.type).ToDictionary(kind => kind.Key, kind => (object)kind.ToArray())));
        return template;
    }

    private sealed class Traces : PlotlyObject
    {
        public Traces(Dictionary<string, object> byKind)
        {
            foreach (var (kind, traces) in byKind) Put(kind, traces);
        }
    }
}

public static class ChartTemplates
{
    /// <summary>What plotly.js and its companions wear by default.</summary>
    public static Template plotly { get; } = Named("plotly-template.json");

    public static Template light { get; } = Template.init<Trace>(Lined(Layout.init<string>(
        PaperBGColor: Color.fromString("white"), PlotBGColor: Color.fromString("white"))));

    private static Layout Lined(Layout layout)
    {
        foreach (var axis in (string[])["xaxis", "yaxis"])
            layout.Put(axis, LinearAxis.init<string, string, string, string, string, string, string, string>(ShowLine: true, ZeroLine: true));
        return layout;
    }

    private static Template Named(string file)
    {
        using var stream = typeof(ChartTemplates).Assembly.GetManifestResourceStream($"Plotly.NET.{file}");
        var json = JsonNode.Parse(stream).AsObject();
        return new Template().Set("layout", new RawJson(json["layout"].ToJsonString())).Set("data", new RawJson(json["data"].ToJsonString()));
    }
}
