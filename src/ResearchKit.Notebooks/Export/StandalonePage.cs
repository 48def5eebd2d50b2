using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Export;

/// <summary>A notebook as one HTML file that needs nothing else: text, code, tables, and figures to hover over and zoom into.</summary>
internal sealed partial class StandalonePage
{
    private readonly StringBuilder _body = new();
    private readonly StaticHtml _static;
    private readonly IReadOnlyDictionary<JsonObject, NotebookFigure> _figures;
    private readonly string _title;

    private StandalonePage(Notebook notebook, string path, IReadOnlyList<NotebookFigure> figures)
    {
        _static = new(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _figures = figures.ToDictionary(figure => figure.Output);
        _title = Path.GetFileNameWithoutExtension(path);
        foreach (var cell in notebook.Cells) Append(cell);
    }

    /// <summary>The page.</summary>
    /// <exception cref="KitException">It needs plotly.js or KaTeX, which are not here and cannot be fetched.</exception>
    public static string Of(Notebook notebook, string path, IReadOnlyList<NotebookFigure> figures) => new StandalonePage(notebook, path, figures).ToString();

    /// <inheritdoc/>
    public override string ToString()
    {
        var body = _body.ToString();
        var heading = Heading().Match(body);
        var title = heading.Success ? AnyTag().Replace(heading.Groups[1].Value, "") : WebUtility.HtmlEncode(_title);
        bool math = StaticHtml.HasMath(body);
        // Nothing may be fetched from anywhere, whatever an output holds.
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob:">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>{Style}</style>
            {(math ? Mathematics() : "")}{(_figures.Count > 0 ? Script(WebLibrary.Plotly.Text("plotly.min.js")) : "")}</head>
            <body>
            {body}{(_figures.Count > 0 ? Script(DrawFigures) : "")}{(math ? Script(SetEquations) : "")}</body>
            </html>

            """;
    }

    private void Append(NotebookCell cell)
    {
        if (cell.IsCode)
        {
            if (cell.Source.Trim().Length > 0) _body.Append($"<pre class=\"code\">{(cell.Language is null or "csharp" ? CodeHtml.Of(cell.Source) : Encode(cell.Source))}</pre>\n");
            foreach (var output in cell.Outputs.OfType<JsonObject>()) AppendOutput(output);
        }
        else if ((string?)cell.Json["cell_type"] == "markdown")
        {
            _body.Append($"<section class=\"text\">\n{_static.OfMarkdown(cell.Source, cell.Json["attachments"] as JsonObject)}</section>\n");
        }
    }

    private void AppendOutput(JsonObject output)
    {
        switch (output["output_type"]?.ToString())
        {
            case "stream":
                _body.Append($"<pre class=\"output {(output["name"]?.ToString() == "stderr" ? "error" : "")}\">{Encode(Lines.Join(output["text"]) ?? "")}</pre>\n");
                break;
            case "error":
                var trace = output["traceback"] is JsonArray { Count: > 0 } lines ? string.Join('\n', lines) : $"{output["ename"]}: {output["evalue"]}";
                _body.Append($"<pre class=\"output error\">{Encode(AnsiColor().Replace(trace, ""))}</pre>\n");
                break;
            case "display_data" or "execute_result" when output["data"] is JsonObject data:
                _body.Append("<div class=\"output\">").Append(Shown(output, data)).Append("</div>\n");
                break;
        }
    }

    // The richest kind that a page can show.
    private string Shown(JsonObject output, JsonObject data)
    {
        string Text(string type) => Lines.Join(data[type]) ?? "";
        string Image(string type) => $"<img alt=\"\" src=\"data:{type};base64,{Text(type).ReplaceLineEndings("")}\"{Width(output, type)}>";
        if (_figures.TryGetValue(output, out var figure))
        {
            // "<" does not stand in JSON as this writes it, so no text can end the script.
            var html = $"<div class=\"figure\" id=\"figure-{figure.Number}\"></div><script type=\"application/json\" data-for=\"figure-{figure.Number}\">{figure.Figure.ToJsonString()}</script>";
            var beside = _static.OfHtml(Text("text/html"));
            return StaticHtml.Shows(beside) ? html + beside : html;
        }
        if (data.ContainsKey("text/html")) return _static.OfHtml(Text("text/html"));
        if (data.ContainsKey("text/markdown")) return _static.OfMarkdown(Text("text/markdown"));
        if (data.ContainsKey("image/svg+xml")) return _static.OfHtml(Text("image/svg+xml"));
        if (data.ContainsKey("image/png")) return Image("image/png");
        if (data.ContainsKey("image/jpeg")) return Image("image/jpeg");
        if (data.ContainsKey("text/latex")) return $"<div class=\"math display\">{Encode(Text("text/latex"))}</div>";
        return data.ContainsKey("text/plain") ? $"<pre>{Encode(Text("text/plain"))}</pre>" : $"<pre>{Encode(data.ToString())}</pre>";
    }

    private static string Width(JsonObject output, string type) =>
        (output["metadata"] as JsonObject)?[type] is JsonObject size && size["width"] is JsonValue width && width.TryGetValue(out double pixels) ? $" width=\"{pixels:0}\"" : "";

    private static string Mathematics()
    {
        var style = FontFace().Replace(WebLibrary.Katex.Text("dist/katex.min.css"), face =>
            FontFile().Match(face.Value) is { Success: true } font
                ? $"{face.Value[..face.Value.IndexOf("src:", StringComparison.Ordinal)]}src:url(data:font/woff2;base64,{Convert.ToBase64String(WebLibrary.Katex.Bytes("dist/" + font.Groups[1].Value))}) format(\"woff2\")}}"
                : face.Value);
        return $"<style>{style}</style>\n{Script(WebLibrary.Katex.Text("dist/katex.min.js"))}";
    }

    private static string Script(string code) => $"<script>{code.Replace("</script", @"<\/script")}</script>\n";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private const string DrawFigures = """
        const figures = Promise.all([...document.querySelectorAll('script[data-for]')].map(source => {
          const figure = JSON.parse(source.textContent);
          return Plotly.newPlot(source.dataset.for, figure.data, figure.layout || {}, { responsive: true, displaylogo: false, modeBarButtonsToRemove: ['select2d', 'lasso2d'] });
        }));
        """;

    private const string SetEquations = """
        for (const element of document.querySelectorAll('.math')) {
          const tex = element.textContent.trim().replace(/^\$\$?|\$\$?$/g, '');   // an output of LaTeX has its dollars
          katex.render(tex, element, { displayMode: element.classList.contains('display'), throwOnError: false, strict: 'ignore' });
        }
        """;

    private const string Style = """
        body { font: 16px/1.6 system-ui, "Segoe UI", "DejaVu Sans", "Liberation Sans", sans-serif; color: #1c2024; background: #fff; max-width: 60rem; margin: 2.5rem auto; padding: 0 1.25rem; }
        h1 { font-size: 1.9rem; line-height: 1.2; } h2 { font-size: 1.35rem; margin-top: 2.4rem; } h3 { font-size: 1.1rem; } .text > p, .text > ul, .text > ol { max-width: 46rem; }
        a { color: #0b5cad; } img { max-width: 100%; height: auto; } .output { margin: .6rem 0 1.2rem; overflow-x: auto; } .figure { min-height: 100px; }
        pre, code { font: .86rem/1.5 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; } pre { margin: .6rem 0; overflow-x: auto; white-space: pre; }
        pre.code { background: #f4f6f8; border-left: 3px solid #c9d3dd; padding: .7rem 1rem; border-radius: 4px; } :not(pre) > code { background: #f4f6f8; padding: .1em .3em; border-radius: 3px; }
        pre.error { color: #a3231f; } .code .k { color: #0b4f9e; } .code .s { color: #96450c; } .code .n { color: #5b3ca8; } .code .c { color: #5d7280; font-style: italic; }
        table { border-collapse: collapse; font-size: .92rem; } th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid #d9dce1; vertical-align: top; } th { color: #50555d; font-weight: 600; }
        blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid #d9dce1; color: #50555d; } .math.display { display: block; overflow-x: auto; }
        @media print { body { max-width: none; } pre { white-space: pre-wrap; } }
        """;

    [GeneratedRegex("<h1[^>]*>(.*?)</h1>", RegexOptions.Singleline)]
    private static partial Regex Heading();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex AnyTag();

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex AnsiColor();

    [GeneratedRegex(@"@font-face\{[^}]*\}")]
    private static partial Regex FontFace();

    [GeneratedRegex(@"url\((fonts/[^)]*\.woff2)\)")]
    private static partial Regex FontFile();
}
