using System.CommandLine;
using System.CommandLine.Help;
using ResearchKit.Cli.Commands;

namespace ResearchKit.Cli;

/// <summary>The whole command line: every command parses, calls one function of the core, and prints.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Print the stack trace with an error",
        Recursive = true,
    };

    /// <summary>Every command with its arguments and options.</summary>
    public static RootCommand Build(Terminal terminal) =>
        new("ResearchKit: distil language models.")
        {
            DemoCommand.Build(terminal),
            TrainCommand.Build(terminal),
            EvalCommand.Build(terminal),
            CompareCommand.Build(terminal),
            SweepCommand.Build(terminal),
            GenerateCommand.Build(terminal),
            ModelCommand.Build(terminal),
            DataCommand.Build(terminal),
            NotebookCommand.Build(terminal),
            DoctorCommand.Build(terminal),
            BenchCommand.Build(terminal),
            BundleCommand.Build(terminal),
            Debug,
        };

    /// <summary>Runs one command.</summary>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, Terminal terminal)
    {
        // No response files: '@' may well begin a prompt.
        var parsed = Build(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) return UsageError.Report(parsed, terminal.Error);
        try
        {
            int code = parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,   // Ctrl-C is ours: see Interruption
            });
            if (parsed.Action is HelpAction && parsed.CommandResult.Command is KitCommand command) terminal.Output.WriteLine($"Examples:\n{command.Examples}");
            return code;
        }
        catch (Exception error)
        {
            return Failure.Report(error, terminal.Error, parsed.GetValue(Debug));
        }
    }
}
