using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Export;

/// <summary>An <c>.ipynb</c> as JSON, to be given back as it was but for what was meant to change.</summary>
internal static class NotebookFile
{
    // As Jupyter writes it: one space of indent, nothing escaped that need not be.
    private static readonly JsonSerializerOptions Style = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads one.</summary>
    /// <exception cref="KitException">There is no such file, it is not JSON, or not a notebook of format 4.</exception>
    public static JsonObject Read(string path)
    {
        JsonObject notebook;
        try
        {
            notebook = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new KitException($"{path} is no notebook: expected a JSON object at the top.");
        }
        catch (JsonException e)
        {
            throw new KitException($"{path} is no notebook: it is not JSON, from line {e.LineNumber + 1} on.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"{path} cannot be read: {e.Message.TrimEnd('.')}; expected a notebook, FILE.ipynb.", e);
        }
        if (notebook["nbformat"] is not JsonValue format || !format.TryGetValue(out int version) || version != 4 || notebook["cells"] is not JsonArray)
            throw new KitException($"{path} is a notebook of nbformat {notebook["nbformat"]?.ToString() ?? "unknown"}; expected nbformat 4 with its cells (Jupyter can convert it: jupyter nbconvert --to notebook).");
        return notebook;
    }

    /// <summary>Writes one, beside and renamed.</summary>
    public static void Write(string path, JsonObject notebook) => AtomicFile.WriteText(path, notebook.ToJsonString(Style) + "\n");

    /// <summary>A text of a notebook, which may stand as one string or as a list of lines.</summary>
    public static string Text(JsonNode? node) => node switch
    {
        JsonArray lines => string.Concat(lines.Select(line => line?.ToString())),
        null => "",
        _ => node.ToString(),
    };
}
