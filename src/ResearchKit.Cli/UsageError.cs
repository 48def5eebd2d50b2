using System.CommandLine;

namespace ResearchKit.Cli;

/// <summary>What is said when the arguments make no sense.</summary>
internal static class UsageError
{
    /// <summary>Names what was wrong, the nearest name where one was mistyped, and where to read on.</summary>
    public static int Report(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        bool root = command is RootCommand;
        // A mistyped name leaves other complaints behind it: what follows an unknown option, a command that is missing. One is enough.
        var complaint = parsed.UnmatchedTokens.Count > 0 ? Unknown(parsed.UnmatchedTokens[0]) : parsed.Errors[0].Message;
        error.WriteLine($"kit: {complaint}");
        error.WriteLine($"See './kit {string.Join("", Path(command).Select(name => name + " "))}--help'.");
        return ExitCode.Refused;

        string Unknown(string token)
        {
            bool option = token.StartsWith('-');
            var names = option ? command.Options.Select(o => o.Name) : command.Subcommands.Select(c => c.Name);
            var nearest = Nearest.To(token, names);
            var hint = nearest is null ? "" : $" Did you mean '{nearest}'?";
            return option ? $"'{token}' is not an option{(root ? "" : $" of '{command.Name}'")}.{hint}"
                : command.Subcommands.Count > 0 ? $"'{token}' is not a command.{hint}"
                : $"'{token}' is one argument too many for '{command.Name}'.";
        }
    }

    /// <summary>The names that lead to a command, without the program's own.</summary>
    private static IEnumerable<string> Path(Command command) =>
        command is RootCommand ? [] : [.. command.Parents.OfType<Command>().SelectMany(Path), command.Name];
}
