using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Export;

/// <summary>A plotly figure among the outputs of a notebook.</summary>
/// <param name="Cell">The cell's number, from 1.</param>
/// <param name="Output">The output that shows it.</param>
/// <param name="Number">The figure's number in the notebook, from 1.</param>
/// <param name="Figure">Its <c>data</c> and <c>layout</c>.</param>
internal sealed partial record NotebookFigure(int Cell, JsonObject Output, int Number, JsonObject Figure)
{
    /// <summary>The mime type of a figure as data.</summary>
    public const string MimeType = "application/vnd.plotly.v1+json";

    /// <summary>A file name that tells what the figure is: its number and its title.</summary>
    public string Name
    {
        get
        {
            var title = (Figure["layout"] as JsonObject)?["title"] switch
            {
                JsonObject whole => whole["text"]?.ToString(),
                JsonValue text => text.ToString(),
                _ => null,
            };
            // The first line of the title is the title; what follows is what to see in it.
            var words = NotAWord().Replace(WebUtility.HtmlDecode(Tag().Replace((title ?? "").Split("<br")[0], "")).ToLowerInvariant(), "-").Trim('-');
            return $"{Number:00}-{(words.Length == 0 ? "figure" : words[..Math.Min(words.Length, 60)].TrimEnd('-'))}";
        }
    }

    /// <summary>Every figure of a notebook, in order.</summary>
    /// <param name="notebook">The notebook.</param>
    /// <param name="path">What to call it in an error.</param>
    /// <exception cref="KitException">A figure's data are broken; the message names the cell.</exception>
    public static IReadOnlyList<NotebookFigure> In(Notebook notebook, string path)
    {
        var figures = new List<NotebookFigure>();
        foreach (var (i, cell) in notebook.Cells.Index().Where(cell => cell.Item.IsCode))
        {
            foreach (var output in cell.Outputs.OfType<JsonObject>())
            {
                try
                {
                    if (output["data"] is not JsonObject data || Of(data) is not { } figure) continue;
                    FigureRenderer.Check(figure);
                    figures.Add(new(i + 1, output, figures.Count + 1, figure));
                }
                catch (KitException e)
                {
                    throw new KitException($"{path}, cell {i + 1}: {e.Message}", e);
                }
            }
        }
        return figures;
    }

    /// <summary>The figure that an output's data show, or null when they show none.</summary>
    private static JsonObject? Of(JsonObject data)
    {
        if (data[MimeType] is { } node)
            return node as JsonObject ?? throw new KitException($"its output '{MimeType}' is no JSON object, so it is no figure; run the cell again.");
        return data["text/html"] is { } html ? OfHtml(Lines.Join(html) ?? "") : null;
    }

    // Plotly.NET's HTML holds the figure in a script as `var data = […]; var layout = {…};`. Where a kernel shows nothing else, it is read from there.
    private static JsonObject? OfHtml(string html)
    {
        if (!html.Contains("Plotly.newPlot")) return null;
        var figure = new JsonObject();
        foreach (var name in new[] { "data", "layout" })
        {
            var start = Regex.Match(html, $@"\bvar {name}\s*=\s*");
            if (!start.Success) return null;
            try
            {
                var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(html[(start.Index + start.Length)..]));
                figure[name] = JsonNode.Parse(ref reader);
            }
            catch (JsonException e)
            {
                throw new KitException($"the {name} of the figure in its output are cut short or broken; run the cell again.", e);
            }
        }
        return figure;
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"[^\p{Ll}\p{Nd}]+")]
    private static partial Regex NotAWord();
}
