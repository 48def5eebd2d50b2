using System.Text.Json.Nodes;

namespace ResearchKit.Tests.Notebooks.Export;

/// <summary>A notebook with an output of every kind, and three figures: as data, as Plotly.NET's HTML, and as that HTML with a caption.</summary>
internal static class SampleNotebook
{
    public const int Figures = 3;

    /// <summary>Two curves.</summary>
    public static JsonObject Curves => (JsonObject)JsonNode.Parse("""
        {"data":[{"type":"scatter","mode":"lines+markers","name":"teacher","x":[1,2,3,4],"y":[3.2,2.1,1.5,1.3]},
                 {"type":"scatter","mode":"lines","name":"</script><b>student</b>","x":[1,2,3,4],"y":["NaN",2.6,2.0,1.8]}],
         "layout":{"title":{"text":"Learning curves<br><sup>lower is better</sup>"},"xaxis":{"title":{"text":"step"}},
                   "yaxis":{"title":{"text":"loss in nats"}},"width":700,"height":420}}
        """)!;

    /// <summary>The HTML that Plotly.NET makes of bars.</summary>
    public const string BarsAsHtml = """
        <div><div id="g"><!-- Plotly chart will be drawn inside this DIV --></div><script type="text/javascript">var renderPlotly_g = function() {
            var data = [{"type":"bar","x":["kd","fine-tune"],"y":[78.2,77.4],"marker":{}}];
            var layout = {"width":600,"height":400,"title":{"text":"Accuracy; in var layout = %"},"yaxis":{"range":[70,80]}};
            var config = {"responsive":true};
            Plotly.newPlot('g', data, layout, config);
        };
        renderPlotly_g();
        </script></div>
        """;

    public static JsonObject Make() => new()
    {
        ["cells"] = new JsonArray(
            Markdown("# The *title*\n\nInline $p_i < q_i$ and $$\\nabla L = 0$$ and\n\n$$\n\\sum_i p_i \\log \\frac{p_i}{q_i}\n$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
            Code("#r \"kit.dll\"\nvar x = $\"{1 + 2} < 4\"; // why\nx", 1,
                new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = new JsonArray("first\n", "<second>\n") },
                Shown("execute_result", new() { ["text/html"] = "<table><tr><td>cell</td></tr></table><script>fail()</script><img src='https://example.org/a.png'>", ["text/plain"] = "cell" })),
            Code("Curves()", 2, Shown("display_data", new() { [PlotlyMime] = Curves, ["text/plain"] = "chart" })),
            Code("Bars()", 3, Shown("display_data", new() { ["text/html"] = BarsAsHtml })),
            Code("Captioned()", 4, Shown("display_data", new() { ["text/html"] = BarsAsHtml + "<p>What to see.</p>" })),
            Code("throw null;", 5, new JsonObject { ["output_type"] = "error", ["ename"] = "E", ["evalue"] = "went wrong", ["traceback"] = new JsonArray("\u001b[31mE: went wrong\u001b[0m") })),
        ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" } },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    };

    public const string PlotlyMime = "application/vnd.plotly.v1+json";

    public static JsonObject Markdown(string source) => new() { ["cell_type"] = "markdown", ["id"] = "text", ["metadata"] = new JsonObject(), ["source"] = source };

    public static JsonObject Code(string source, int count, params JsonNode[] outputs) => new()
    {
        ["cell_type"] = "code", ["id"] = $"code-{count}", ["metadata"] = new JsonObject(), ["execution_count"] = count, ["source"] = source, ["outputs"] = new JsonArray(outputs),
    };

    public static JsonObject Shown(string type, JsonObject data)
    {
        var output = new JsonObject { ["output_type"] = type, ["metadata"] = new JsonObject(), ["data"] = data };
        if (type == "execute_result") output["execution_count"] = 1;
        return output;
    }
}
