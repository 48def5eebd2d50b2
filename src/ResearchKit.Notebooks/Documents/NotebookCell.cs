using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Documents;

/// <summary>One cell of a notebook. Whatever the kit does not know of it stays as it was.</summary>
public sealed class NotebookCell
{
    internal NotebookCell(JsonObject json) => Json = json;

    /// <summary>The cell as it stands in the file.</summary>
    internal JsonObject Json { get; }

    /// <summary>True of a cell that runs; markdown and raw cells do not.</summary>
    public bool IsCode => (string?)Json["cell_type"] == "code";

    /// <summary>What stands in the cell.</summary>
    public string Source
    {
        get => Lines.Join(Json["source"])!;
        set => Json["source"] = Lines.Split(value);
    }

    /// <summary>The cell's tags, such as <c>parameters</c> and <c>varies</c>.</summary>
    public IReadOnlyList<string> Tags => Json["metadata"]?["tags"] is JsonArray tags ? [.. tags.Select(tag => (string?)tag ?? "")] : [];

    /// <summary>What the cell printed and showed, as <c>nbformat</c> has it.</summary>
    public JsonArray Outputs
    {
        get
        {
            if (Json["outputs"] is JsonArray outputs) return outputs;
            var empty = new JsonArray();
            Json["outputs"] = empty;
            return empty;
        }
    }

    /// <summary>The language its author chose for it, as Polyglot (newer and older) notes it; null for the notebook's own.</summary>
    internal string? Language => (string?)Json["metadata"]?["polyglot_notebook"]?["kernelName"] ?? (string?)Json["metadata"]?["dotnet_interactive"]?["language"];

    internal int? ExecutionCount
    {
        set => Json["execution_count"] = value;
    }

    internal JsonObject Metadata => (JsonObject)Json["metadata"]!;

    /// <summary>A new code cell with one tag.</summary>
    internal static NotebookCell Code(string id, string source, string tag) => new(new JsonObject
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["id"] = id,
        ["metadata"] = new JsonObject { ["tags"] = new JsonArray(tag) },
        ["outputs"] = new JsonArray(),
        ["source"] = Lines.Split(source),
    });
}
