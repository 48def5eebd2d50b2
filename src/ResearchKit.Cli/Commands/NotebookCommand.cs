using System.CommandLine;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook</c>: notebooks of C# cells, run without an editor or for one.</summary>
internal static class NotebookCommand
{
    public static Command Build(Terminal terminal) => new("notebook", "Run and export notebooks")
    {
        NotebookRunCommand.Build(terminal),
        NotebookCheckCommand.Build(terminal),
        NotebookExportCommand.Build(terminal),
    };
}
