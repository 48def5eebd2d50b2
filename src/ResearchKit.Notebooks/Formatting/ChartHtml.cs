using System.Text.Json;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Formatting;

/// <summary>Charts for a page that may or may not have plotly.js already, with or without RequireJS.</summary>
internal static class ChartHtml
{
    public const string PlotlyMimeType = "application/vnd.plotly.v1+json";

    private const string Source = "https://cdn.plot.ly/plotly-2.27.1.min";

    /// <summary>Data and layout, for front ends that draw plotly figures themselves.</summary>
    public static string Json(GenericChart chart) => Parts(chart).Whole;

    public static string Of(GenericChart chart)
    {
        var (data, layout, _) = Parts(chart);
        var id = $"rk{Guid.NewGuid():N}";
        return $$"""
            <div id="{{id}}"></div>
            <script type="text/javascript">(function () {
              var data = {{data}};
              var layout = {{layout}};
              function draw(Plotly) { Plotly.newPlot('{{id}}', data, layout, { responsive: true, displaylogo: false }); }
              if (window.Plotly) { draw(window.Plotly); return; }
              if (typeof require === 'function' && require.config) {
                require.config({ paths: { rkplotly: '{{Source}}' } });
                require(['rkplotly'], draw);
                return;
              }
              var script = document.createElement('script');
              script.src = '{{Source}}.js';
              script.onload = function () { draw(window.Plotly); };
              script.onerror = function () { document.getElementById('{{id}}').textContent = 'This figure needs plotly.js, and {{Source}}.js cannot be reached.'; };
              document.head.appendChild(script);
            })();</script>
            """;
    }

    public static string Plain(GenericChart chart)
    {
        using var figure = JsonDocument.Parse(GenericChart.toFigureJson(chart));
        var layout = figure.RootElement.GetProperty("layout");
        var title = layout.TryGetProperty("title", out var t) && t.TryGetProperty("text", out var text) ? text.GetString() ?? "" : "";
        return $"chart: {Words(title)} ({figure.RootElement.GetProperty("data").GetArrayLength()} traces)";
    }

    // No text of a figure can end the script it stands in; JSON reads the same.
    private static (string Data, string Layout, string Whole) Parts(GenericChart chart)
    {
        using var figure = JsonDocument.Parse(GenericChart.toFigureJson(chart));
        string data = Safe(figure.RootElement.GetProperty("data").GetRawText()), layout = Safe(figure.RootElement.GetProperty("layout").GetRawText());
        return (data, layout, $$"""{"data":{{data}},"layout":{{layout}}}""");
    }

    private static string Safe(string json) => json.Replace("<", "\\u003c").Replace(">", "\\u003e");

    private static string Words(string markup) =>
        System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(markup.Split("<br")[0], "<[^>]*>", ""));
}
