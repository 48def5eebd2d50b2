using System.Text;
using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Notebooks.Documents;

/// <summary>Gathers what cells print and show, in order, as the outputs of a notebook's cells.</summary>
internal sealed class OutputList : ICellSink
{
    private readonly Dictionary<string, List<JsonObject>> _displays = [];
    private readonly StringBuilder _text = new(); // of the stream being written, which becomes an output when something else comes
    private string? _stream;
    private JsonArray _outputs = [];
    private int _count;

    /// <summary>What follows belongs to this cell; what it had before is gone.</summary>
    public void Begin(NotebookCell cell, int executionCount)
    {
        _outputs = cell.Outputs;
        _outputs.Clear();
        _count = executionCount;
        cell.ExecutionCount = executionCount;
    }

    /// <summary>Nothing more comes for this cell.</summary>
    public void End()
    {
        if (_stream is not null) _outputs.Add(new JsonObject { ["name"] = _stream, ["output_type"] = "stream", ["text"] = Lines.Split(Settle(_text.ToString())) });
        _stream = null;
        _text.Clear();
    }

    public void Write(string stream, string text)
    {
        if (text.Length == 0) return;
        if (stream != _stream) End();
        _stream = stream;
        _text.Append(text);
    }

    public void Display(JsonObject content, string? displayId)
    {
        var output = new JsonObject { ["data"] = MimeBundle.ForFile(content), ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };
        Add(output);
        if (displayId is null) return;
        if (!_displays.TryGetValue(displayId, out var shown)) _displays[displayId] = shown = [];
        shown.Add(output);
    }

    public void Update(JsonObject content, string displayId)
    {
        foreach (var output in _displays.GetValueOrDefault(displayId, [])) output["data"] = MimeBundle.ForFile(content);
    }

    public void Result(JsonObject content) => Add(new JsonObject
    {
        ["data"] = MimeBundle.ForFile(content),
        ["execution_count"] = _count,
        ["metadata"] = new JsonObject(),
        ["output_type"] = "execute_result",
    });

    /// <summary>Nobody is there to ask.</summary>
    public string? ReadLine() => null;

    public void Fail(CellError error) => Add(new JsonObject
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["output_type"] = "error",
        ["traceback"] = new JsonArray([.. error.Traceback.Select(line => JsonValue.Create(line))]),
    });

    private void Add(JsonObject output)
    {
        End();
        _outputs.Add(output);
    }

    /// <summary>A carriage return takes the writer back to the line's beginning: of a progress line its last state is left.</summary>
    private static string Settle(string text)
    {
        text = text.Replace("\r\n", "\n");
        return text.Contains('\r') ? string.Join('\n', text.Split('\n').Select(LastState)) : text;
    }

    private static string LastState(string line)
    {
        line = line.TrimEnd('\r');
        return line[(line.LastIndexOf('\r') + 1)..];
    }
}
