using System.CommandLine;
using ResearchKit.Notebooks.Jupyter;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook install-kernel</c> and <c>kit notebook kernel</c>: the kit as Jupyter's C# kernel.</summary>
internal static class NotebookKernelCommands
{
    public static Command Install(Terminal terminal)
    {
        var prefix = new Option<string>("--prefix") { Description = "Install below this folder (a virtual environment, /usr/local) instead of for the user alone", HelpName = "DIR" };
        var command = new KitCommand("install-kernel", "Make Jupyter and VS Code's Jupyter extension open C# notebooks with the kit", """
              ./kit notebook install-kernel
              ./kit notebook install-kernel --prefix /usr/local
            """)
        {
            prefix,
        };
        command.SetAction(parsed =>
        {
            terminal.Output.WriteLine($"The kernel '{KernelSpec.DisplayName}' stands in {KernelSpec.Install(parsed.GetValue(prefix))}. To see it: jupyter kernelspec list");
            return ExitCode.Success;
        });
        return command;
    }

    public static Command Serve()
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "Where Jupyter wrote the ports and the key" };
        var command = new Command("kernel", "What Jupyter starts: serve one client, as its connection file says") { file };
        command.SetAction(parsed =>
        {
            JupyterKernel.Serve(ConnectionInfo.Load(parsed.GetValue(file)!));
            return ExitCode.Success;
        });
        return command;
    }
}
