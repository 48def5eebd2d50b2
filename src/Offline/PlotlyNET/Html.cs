using System.Net;
using ResearchKit.Offline;

namespace Plotly.NET;

/// <summary>Charts as HTML: a division, and a script that draws into it.</summary>
internal static class Html
{
    public static string Chart(GenericChart chart)
    {
        var id = Guid.NewGuid().ToString();
        var script = id.Replace("-", "");
        return $$"""
            <div id="{{id}}"><!-- Plotly chart will be drawn inside this DIV --></div><script type="text/javascript">var renderPlotly_{{script}} = function() {
                var data = {{JsonText.Of(chart.Traces)}};
                var layout = {{JsonText.Of(chart.Layout)}};
                var config = {{JsonText.Of(chart.Config)}};
                Plotly.newPlot('{{id}}', data, layout, config);
            };
            renderPlotly_{{script}}();
            </script>
            """;
    }

    public static string Page(GenericChart chart)
    {
        var options = chart.Options;
        string Text(string key) => WebUtility.HtmlEncode(options.Get<string>(key) ?? "");
        var source = options.Get<PlotlyJSReference>("reference") is PlotlyJSReference.CDN cdn
            ? $"""<script src="{WebUtility.HtmlEncode(cdn.Item)}" charset="utf-8"></script>""" : "";
        return $"<!DOCTYPE html>\n<html><head>{source}<title>{Text("title")}</title><meta charset=\"{Text("charset")}\">"
            + $"<meta name=\"description\" content=\"{Text("description")}\"></head><body>{Chart(chart)}</body></html>";
    }
}
