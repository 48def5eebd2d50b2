using System.CommandLine;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook</c>: notebooks without an editor.</summary>
internal static class NotebookCommand
{
    public static Command Build(Terminal terminal) => new("notebook", "Run and export notebooks")
    {
        NotebookExportCommand.Build(terminal),
    };
}
