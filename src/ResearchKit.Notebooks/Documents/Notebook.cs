using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ResearchKit.Text;

namespace ResearchKit.Notebooks.Documents;

/// <summary>
/// A Jupyter notebook of C# cells (<c>.ipynb</c>, nbformat 4). It is read from any 4.x and written as 4.5, one string a line and
/// one blank of indentation as Jupyter does it, with everything unknown kept.
/// </summary>
public sealed class Notebook
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, IndentSize = 1, Encoder = PlainJsonEncoder.Instance };
    private readonly JsonObject _json;
    private readonly List<NotebookCell> _cells;

    private Notebook(JsonObject json)
    {
        _json = json;
        _cells = [.. ((JsonArray)json["cells"]!).Select(cell => new NotebookCell((JsonObject)cell!))];
        if ((int)json["nbformat_minor"]! < 5) json["nbformat_minor"] = 5;
        var ids = _cells.Select(cell => (string?)cell.Json["id"]).ToHashSet();
        for (int i = 0; i < _cells.Count; i++)
            if (_cells[i].Json["id"] is null)
                Identify(_cells[i].Json, Enumerable.Range(0, int.MaxValue).Select(n => Id($"{i}.{n}:{_cells[i].Source}")).First(ids.Add));
    }

    /// <summary>The cells, in order.</summary>
    public IReadOnlyList<NotebookCell> Cells => _cells;

    /// <summary>Reads a notebook.</summary>
    /// <exception cref="KitException">The file is missing, is no JSON, no notebook, of nbformat 3 or below, or of another language.</exception>
    public static Notebook Load(string path)
    {
        if (!File.Exists(path)) throw new KitException($"There is no notebook {path}. Give the path of an .ipynb file.");
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a notebook from its text.</summary>
    /// <param name="text">The content of an .ipynb file.</param>
    /// <param name="path">What to call it in an error.</param>
    /// <exception cref="KitException">As <see cref="Load"/>.</exception>
    public static Notebook Parse(string text, string path)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new KitException($"{path} is no valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}): {e.Message.Split(" LineNumber")[0].TrimEnd('.')}. "
                + "A merge or an interrupted save may have damaged it; restore it, for example with git.", e);
        }
        if (root is not JsonObject json || json["nbformat"] is not JsonValue format || !format.TryGetValue(out int major))
            throw new KitException($"{path} is JSON but no notebook: expected an object with 'nbformat'. Give an .ipynb file.");
        if (major != 4)
            throw new KitException($"{path} has nbformat {major}, expected 4. "
                + (major < 4 ? $"Convert it first: jupyter nbconvert --to notebook --inplace {path}" : "Save it as nbformat 4 where it was made."));
        if (json["nbformat_minor"] is not JsonValue minor || !minor.TryGetValue<int>(out _)) json["nbformat_minor"] = 0;
        if (json["metadata"] is not JsonObject) json["metadata"] = new JsonObject();
        if (json["cells"] is not JsonArray cells) throw new KitException($"{path} has no list of cells, so it is no notebook of nbformat 4. Save it anew where it was made.");
        for (int i = 0; i < cells.Count; i++)
            if (cells[i] is not JsonObject cell || Lines.Join(cell["source"]) is null || cell["cell_type"] is not JsonValue)
                throw new KitException($"{path}: cell {i + 1} has no cell_type or no source, so it is no cell of nbformat 4. Save the notebook anew where it was made.");
            else if (cell["metadata"] is not JsonObject) cell["metadata"] = new JsonObject();
        RefuseOtherLanguages(json, path);
        return new(json);
    }

    private static void RefuseOtherLanguages(JsonObject json, string path)
    {
        var language = (string?)json["metadata"]!["kernelspec"]?["language"] ?? (string?)json["metadata"]!["language_info"]?["name"];
        if (language is not null && language.ToLowerInvariant() is not ("c#" or "csharp" or "polyglot-notebook" or "polyglot"))
            throw new KitException($"{path} is a notebook of {language}, expected C#. Run it with a kernel of its own language.");
    }

    /// <summary>Puts a cell behind another one.</summary>
    internal void Insert(int index, NotebookCell cell)
    {
        _cells.Insert(index, cell);
        ((JsonArray)_json["cells"]!).Insert(index, cell.Json);
    }

    /// <summary>Takes a cell out.</summary>
    internal void RemoveAt(int index)
    {
        _cells.RemoveAt(index);
        ((JsonArray)_json["cells"]!).RemoveAt(index);
    }

    /// <summary>The text of the file.</summary>
    public override string ToString() => _json.ToJsonString(Layout) + "\n";

    /// <summary>Writes the notebook, whole or not at all.</summary>
    /// <exception cref="KitException">It cannot be written; what stood there before is untouched.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToString());

    private static string Id(string seed) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed)))[..8];

    /// <summary>Sets the id where Jupyter writes it: before the metadata.</summary>
    private static void Identify(JsonObject cell, string id)
    {
        int place = cell.IndexOf("metadata");
        cell.Insert(place, "id", id);
    }
}
