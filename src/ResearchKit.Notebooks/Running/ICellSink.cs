using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Running;

/// <summary>Hears, in order, what a cell prints and shows while it runs: a notebook that keeps it, or a Jupyter client that draws it.</summary>
internal interface ICellSink
{
    /// <summary>Printed text.</summary>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">As it was written, with its line ends.</param>
    void Write(string stream, string text);

    /// <summary>A value shown.</summary>
    /// <param name="content">The value by mime type.</param>
    /// <param name="displayId">What a later update names it by.</param>
    void Display(JsonObject content, string? displayId);

    /// <summary>A value shown earlier, perhaps by an earlier cell, in a new state.</summary>
    void Update(JsonObject content, string displayId);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(JsonObject content);

    /// <summary>A line from the user, where one can be asked; else null, as at the end of a file.</summary>
    string? ReadLine();
}
