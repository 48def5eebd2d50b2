using ResearchKit.Runs.Report;
using Spectre.Console;

namespace ResearchKit.Cli;

/// <summary>Where the command line speaks: results and progress on one side, complaints on the other.</summary>
internal sealed class Terminal
{
    private Terminal(TextWriter output, TextWriter error, bool live, bool colors)
    {
        Output = output;
        Error = error;
        IsLive = live;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = live && colors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = live ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        // Nothing wraps a table in a file, so nothing should cut it either.
        if (!live) Console.Profile.Width = 1000;
    }

    /// <summary>Plain text for results.</summary>
    public TextWriter Output { get; }

    /// <summary>Plain text for errors and remarks.</summary>
    public TextWriter Error { get; }

    /// <summary>Tables and bars, on <see cref="Output"/>.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>True when someone is watching, so that bars may be drawn; false when the output is piped.</summary>
    public bool IsLive { get; }

    /// <summary>The terminal or pipe this process was started with.</summary>
    public static Terminal OfProcess()
    {
        bool dumb = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb" && !OperatingSystem.IsWindows();
        // https://no-color.org: any value but the empty one.
        bool colors = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new(System.Console.Out, System.Console.Error, !System.Console.IsOutputRedirected && !dumb, colors);
    }

    /// <summary>Writers in place of a terminal; what is written to them is plain.</summary>
    public static Terminal Of(TextWriter output, TextWriter error) => new(output, error, live: false, colors: false);

    /// <summary>Prints a table under its title; numbers stand to the right.</summary>
    public void Table(string title, ComparisonTable content)
    {
        var table = new Table { Border = TableBorder.Simple };
        for (int c = 0; c < content.Header.Count; c++)
        {
            bool numeric = c > 0 && content.Rows.All(row => row[c].Length > 0 && (char.IsAsciiDigit(row[c][0]) || row[c][0] is '-' or '–'));
            table.AddColumn(new TableColumn(Markup.Escape(content.Header[c])) { Alignment = numeric ? Justify.Right : Justify.Left, NoWrap = true });
        }
        foreach (var row in content.Rows) table.AddRow([.. row.Select(Markup.Escape)]);
        Output.WriteLine();
        Output.WriteLine(title);
        Console.Write(table);
    }
}
