using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Running;

/// <summary>How a notebook is run.</summary>
/// <param name="Set">Values for its parameters, as <c>name=value</c>.</param>
/// <param name="Timeout">The longest that a cell may take; null for no limit.</param>
public sealed record RunSettings(IReadOnlyList<string> Set, TimeSpan? Timeout = null);

/// <summary>What came of a cell, for whoever watches.</summary>
/// <param name="Number">The cell's number among all cells, from 1.</param>
/// <param name="Count">How many cells there are.</param>
/// <param name="Took">How long it ran.</param>
/// <param name="Failure">Why it failed, with its line; null where it did not.</param>
public sealed record CellReport(int Number, int Count, TimeSpan Took, string? Failure);

/// <summary>How a run ended.</summary>
/// <param name="Failure">The first error, with cell and line; null where every cell ran.</param>
/// <param name="Interrupted">True where the failure is that someone asked to stop.</param>
public sealed record RunResult(string? Failure, bool Interrupted);

/// <summary>Runs the cells of a notebook from top to bottom and puts what they print and show into it. The first error ends the run.</summary>
public static class NotebookRunner
{
    /// <summary>How long an interrupted cell has to end before it is given up: native code is not stopped in the middle.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Runs a notebook in place (in memory; nothing is written). While it runs, the working directory is the notebook's folder, where VS Code
    /// and Jupyter start their kernels too, so that the paths in its cells mean the same everywhere.
    /// </summary>
    /// <param name="notebook">The notebook; its code cells get new outputs.</param>
    /// <param name="path">The file it was read from.</param>
    /// <param name="settings">Parameters and limits.</param>
    /// <param name="report">Hears of each cell as it ends; may be null.</param>
    /// <param name="stop">Stops the cell that runs, and with it the run.</param>
    /// <exception cref="KitException">A parameter is unknown or its value has another type; no cell behind the parameters has run.</exception>
    public static RunResult Run(Notebook notebook, string path, RunSettings settings, Action<CellReport>? report = null, CancellationToken stop = default)
    {
        var set = Parameters.Read(settings.Set);
        int parameters = set.Count > 0 ? Parameters.Find(notebook, path, set.Select(pair => pair.Key)) : -1;
        DropInjected(notebook, keep: set.Count == 0);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var before = Directory.GetCurrentDirectory();
        using var session = new ScriptSession(folder);
        var outputs = new OutputList();
        int executed = 0;
        try
        {
            Directory.SetCurrentDirectory(folder);
            for (int i = 0; i < notebook.Cells.Count; i++)
            {
                var cell = notebook.Cells[i];
                if (!cell.IsCode) continue;
                var (error, took) = Run(session, cell, $"cell {i + 1}", outputs, ++executed, settings.Timeout, stop);
                var failure = error is null ? null : Describe(error, i + 1);
                report?.Invoke(new(i + 1, notebook.Cells.Count, took, failure));
                if (failure is not null) return new(failure, stop.IsCancellationRequested);
                if (i == parameters) notebook.Insert(i + 1, Parameters.Cell(set, name => session.Variable(name)!.Type));
            }
            return new(null, false);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    private static (CellError? Error, TimeSpan Took) Run(ScriptSession session, NotebookCell cell, string name, OutputList outputs, int count, TimeSpan? limit, CancellationToken stop)
    {
        outputs.Begin(cell, count);
        var began = DateTimeOffset.UtcNow;
        var clock = Stopwatch.StartNew();
        var running = session.Run(cell.Source, name, outputs, cell.Language ?? "csharp");
        CellError? error;
        bool ended;
        try
        {
            ended = running.Wait(limit is { } most ? (int)most.TotalMilliseconds : Timeout.Infinite, stop);
        }
        catch (OperationCanceledException)
        {
            ended = false;
        }
        if (ended)
        {
            error = running.Result;
        }
        else
        {
            session.Interrupt();
            bool stopped = running.Wait(Grace);
            var message = stop.IsCancellationRequested ? "the run was interrupted" : $"it ran longer than the {limit!.Value.TotalSeconds:0.###} s that a cell may take (--timeout)";
            if (!stopped) message += $", and did not stop within {Grace.TotalSeconds} s";
            error = stopped && running.Result is null ? null : new("Interrupted", message, null, [$"{name}: {message}."]);
        }
        outputs.End();
        if (error is not null) outputs.Fail(error);
        cell.Metadata["execution"] = new JsonObject { ["iopub.execute_input"] = Stamp(began), ["shell.execute_reply"] = Stamp(began + clock.Elapsed) };
        return (error, clock.Elapsed);
    }

    private static string Describe(CellError error, int number) => $"cell {number}{(error.Line is { } line ? $", line {line}" : "")}: {error.Message}";

    private static string Stamp(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Values of an earlier run go when new ones come.</summary>
    private static void DropInjected(Notebook notebook, bool keep)
    {
        for (int i = notebook.Cells.Count - 1; i >= 0 && !keep; i--)
            if (notebook.Cells[i].Tags.Contains(Parameters.InjectedTag))
                notebook.RemoveAt(i);
    }
}
