using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Tests.Notebooks;

/// <summary>Small notebooks in a folder of their own, for tests.</summary>
internal sealed class Book : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("kit-notebook-").FullName;

    public string Path => At("book.ipynb");

    public string At(string name) => System.IO.Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A code cell; the tag may be empty.</summary>
    public static JsonObject Code(string source, string tag = "") => new()
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["metadata"] = tag.Length == 0 ? new JsonObject() : new JsonObject { ["tags"] = new JsonArray(tag) },
        ["outputs"] = new JsonArray(),
        ["source"] = source,
    };

    /// <summary>Writes a notebook of these cells.</summary>
    public string Write(params JsonObject[] cells)
    {
        var json = new JsonObject { ["nbformat"] = 4, ["nbformat_minor"] = 5, ["metadata"] = new JsonObject(), ["cells"] = new JsonArray([.. cells]) };
        File.WriteAllText(Path, json.ToJsonString());
        return Path;
    }

    /// <summary>Writes and runs a notebook, in memory.</summary>
    public (Notebook Notebook, RunResult Result) Run(IReadOnlyList<string> set, params JsonObject[] cells)
    {
        var notebook = Notebook.Load(Write(cells));
        return (notebook, NotebookRunner.Run(notebook, Path, new(set)));
    }

    /// <summary>Runs cells of plain code and gives the outputs of the last one, each as <c>kind: text</c>.</summary>
    public IReadOnlyList<string> Outputs(params string[] codes)
    {
        var (notebook, result) = Run([], [.. codes.Select(code => Code(code))]);
        Assert.True(result.Failure is null, result.Failure);
        return Told(notebook.Cells[^1]);
    }

    public static IReadOnlyList<string> Told(NotebookCell cell) => [.. cell.Outputs.Select(output => (string?)output!["output_type"] switch
    {
        "stream" => $"{output["name"]}: {Lines.Join(output["text"])}",
        "error" => $"error: {output["evalue"]}",
        var type => $"{type}: " + string.Join(" ", ((JsonObject)output["data"]!).Select(form => $"{form.Key}={Lines.Join(form.Value) ?? form.Value!.ToJsonString()}")),
    })];
}
