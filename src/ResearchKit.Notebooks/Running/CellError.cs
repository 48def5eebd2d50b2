using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ResearchKit.Notebooks.Running;

/// <summary>Why a cell failed.</summary>
/// <param name="Name">The kind of error: an exception's type, or <c>CompilationError</c>.</param>
/// <param name="Message">What went wrong, in a line or two.</param>
/// <param name="Line">The line of the cell, from 1; null where it cannot be told.</param>
/// <param name="Traceback">The whole story, line by line, as a notebook shows it.</param>
internal sealed record CellError(string Name, string Message, int? Line, IReadOnlyList<string> Traceback)
{
    /// <summary>An error of the cell's text that is not the compiler's: a missing file, an unknown command.</summary>
    public static CellError InText(string cell, int line, string message) => new("CellError", message, line, [$"{cell}, line {line}: {message}"]);

    /// <summary>The user stopped the cell, or its time was up.</summary>
    public static CellError Interrupted { get; } = new("Interrupted", "The cell was interrupted.", null, ["The cell was interrupted. What it had set before is lost; what earlier cells set is kept."]);

    /// <summary>The same of a cell that never looked up from its work.</summary>
    public static CellError LeftBehind { get; } = new("Interrupted", "The cell was interrupted.", null,
        ["The cell was interrupted, but it computes without a pause: it goes on in the background and takes up a core until the kernel is restarted. What earlier cells set is kept."]);

    /// <summary>What the compiler found, each with its line of the cell and a mark below the place.</summary>
    public static CellError Of(string cell, IReadOnlyList<Diagnostic> errors, SourceText text)
    {
        var lines = new List<string>();
        foreach (var error in errors)
        {
            var place = error.Location.GetLineSpan().StartLinePosition;
            lines.Add($"{cell}, line {place.Line + 1}: error {error.Id}: {error.GetMessage()}");
            if (place.Line >= text.Lines.Count) continue;
            lines.Add("    " + text.Lines[place.Line]);
            lines.Add(new string(' ', 4 + place.Character) + "^");
        }
        var first = errors[0].Location.GetLineSpan().StartLinePosition;
        return new("CompilationError", $"({first.Line + 1},{first.Character + 1}): error {errors[0].Id}: {errors[0].GetMessage()}", first.Line + 1, lines);
    }

    /// <summary>An exception that the cell threw; its trace tells the lines of cells and leaves out the machinery below them.</summary>
    public static CellError Of(string cell, Exception exception)
    {
        while (exception is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException { InnerException: not null })
            exception = exception.InnerException!;
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames();
        int? line = frames.FirstOrDefault(frame => Path.GetFileName(frame.GetFileName()) == cell && frame.GetFileLineNumber() > 0)?.GetFileLineNumber();
        var name = exception.GetType().FullName!;
        if (exception is KitException) return new(name, exception.Message, line, [$"{exception.Message}{(line is null ? "" : $" ({cell}, line {line})")}"]);
        var trace = new List<string> { $"{name}: {exception.Message}" };
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException) trace.Add($" because of {inner.GetType().FullName}: {inner.Message}");
        trace.AddRange(frames.Select(Told).OfType<string>());
        return new(name, exception.Message, line, trace);
    }

    private static string? Told(StackFrame frame)
    {
        var method = frame.GetMethod();
        if (method?.DeclaringType is not { } type) return null;
        var file = frame.GetFileName();
        var place = file is null ? "" : $"{Path.GetFileName(file)}, line {frame.GetFileLineNumber()}"; // the compiler makes a whole path of a cell's name
        if (type.FullName!.StartsWith("Submission#", StringComparison.Ordinal)) return file is null ? null : $"   at {place}";
        return type.Namespace is { } space && (space.StartsWith("Microsoft.CodeAnalysis") || space.StartsWith("System.Runtime.") || space.StartsWith("ResearchKit.Notebooks.Running"))
            ? null
            : $"   at {type.FullName}.{method.Name}{(file is null ? "" : $" in {place}")}";
    }
}
