namespace ResearchKit.Notebooks.Running;

/// <summary>What a piece of a cell is.</summary>
internal enum PieceKind
{
    /// <summary>C# to run.</summary>
    Code,

    /// <summary>Markdown to show.</summary>
    Markdown,

    /// <summary>HTML to show.</summary>
    Html,

    /// <summary>A file whose cells run here.</summary>
    Import,

    /// <summary>The time of what follows is told.</summary>
    Time,
}

/// <summary>One piece of a cell.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of code with empty lines before it, so that the compiler counts lines as the cell does.</param>
/// <param name="Line">The line of the cell where it begins, from 1.</param>
internal sealed record Piece(PieceKind Kind, string Text, int Line);

/// <summary>Cuts a cell at its commands, the lines that begin with <c>#!</c>.</summary>
internal static class CellText
{
    private static readonly string[] Commands = ["#!csharp", "#!markdown", "#!html", "#!import", "#!time"];

    /// <summary>The pieces of a cell.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="language">What it is written in: <c>csharp</c>, <c>markdown</c> or <c>html</c>.</param>
    /// <param name="problem">What is wrong with it, with its line; null where nothing is.</param>
    public static IReadOnlyList<Piece> Cut(string text, string language, out (int Line, string Message)? problem)
    {
        problem = null;
        var pieces = new List<Piece>();
        if (KindOf(language) is not { } kind)
        {
            problem = (1, $"this cell is written in {language}, but this kernel runs C# and shows Markdown and HTML. Open the notebook in an engine that has {language}.");
            return pieces;
        }
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        int start = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("#!", StringComparison.Ordinal)) continue;
            var command = lines[i].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Close(i);
            switch (command[0])
            {
                case "#!time":
                    pieces.Add(new(PieceKind.Time, "", i + 1));
                    break;
                case "#!import" when command.Length > 1:
                    pieces.Add(new(PieceKind.Import, command[1].Trim('"'), i + 1));
                    break;
                case "#!import":
                    problem = (i + 1, "#!import names no file; write #!import \"file.ipynb\", a path from the notebook's folder.");
                    return pieces;
                case var name when KindOf(name[2..]) is { } chosen:
                    kind = chosen;
                    break;
                default:
                    problem = (i + 1, $"Unknown magic command '{command[0]}'. This kernel knows {string.Join(", ", Commands)}.");
                    return pieces;
            }
            start = i + 1;
        }
        Close(lines.Length);
        return pieces;

        void Close(int end)
        {
            if (lines[start..end].All(string.IsNullOrWhiteSpace)) return;
            var piece = string.Join('\n', lines[start..end]);
            pieces.Add(new(kind, kind == PieceKind.Code ? new string('\n', start) + piece : piece, start + 1));
        }
    }

    private static PieceKind? KindOf(string language) => language.ToLowerInvariant() switch
    {
        "csharp" or "c#" or "cs" => PieceKind.Code,
        "markdown" => PieceKind.Markdown,
        "html" => PieceKind.Html,
        _ => null,
    };
}
