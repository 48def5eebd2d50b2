using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Notebooks.Jupyter;

/// <summary>Tells every client what a cell prints and shows, as messages that belong to the request it came with.</summary>
/// <param name="publish">Sends a message of a type to all.</param>
/// <param name="count">The number of the cell.</param>
/// <param name="ask">Asks the client's user for a line.</param>
internal sealed class JupyterSink(Action<string, JsonObject> publish, int count, Func<string?> ask) : ICellSink
{
    public void Write(string stream, string text)
    {
        if (text.Length > 0) publish("stream", new() { ["name"] = stream, ["text"] = text });
    }

    public void Display(JsonObject content, string? displayId) => publish("display_data", Shown(content, displayId));

    public void Update(JsonObject content, string displayId) => publish("update_display_data", Shown(content, displayId));

    public void Result(JsonObject content) => publish("execute_result", new() { ["execution_count"] = count, ["data"] = content, ["metadata"] = new JsonObject() });

    public string? ReadLine() => ask();

    private static JsonObject Shown(JsonObject content, string? displayId) => new()
    {
        ["data"] = content,
        ["metadata"] = new JsonObject(),
        ["transient"] = displayId is null ? new JsonObject() : new JsonObject { ["display_id"] = displayId },
    };
}

/// <summary>Hears nothing, for a request that is to be silent.</summary>
internal sealed class SilentSink : ICellSink
{
    public void Write(string stream, string text) { }
    public void Display(JsonObject content, string? displayId) { }
    public void Update(JsonObject content, string displayId) { }
    public void Result(JsonObject content) { }
    public string? ReadLine() => null;
}
