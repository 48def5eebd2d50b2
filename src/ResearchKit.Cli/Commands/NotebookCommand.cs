using System.CommandLine;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook</c>: notebooks of C# cells, run without an editor or for one.</summary>
internal static class NotebookCommand
{
    public static Command Build(Terminal terminal) => new("notebook", "Run, check and export notebooks of C# cells, here or in Jupyter")
    {
        NotebookRunCommand.Build(terminal),
        NotebookCheckCommand.Build(terminal),
        NotebookExportCommand.Build(terminal),
        NotebookKernelCommands.Install(terminal),
        NotebookKernelCommands.Serve(),
    };
}
