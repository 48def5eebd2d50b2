using System.CommandLine;

namespace ResearchKit.Cli;

/// <summary>What is said when the arguments make no sense.</summary>
internal static class UsageError
{
    /// <summary>Names what was wrong, the nearest name where one was mistyped, and where to read on.</summary>
    public static int Report(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var names = command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name)).ToList();
        // A mistyped command also leaves a command missing; one complaint is enough.
        foreach (var message in parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens.Select(Unknown) : parsed.Errors.Select(e => e.Message))
            error.WriteLine($"kit: {message}");
        error.WriteLine($"See './kit {(command is RootCommand ? "" : command.Name + " ")}--help'.");
        return ExitCode.Refused;

        string Unknown(string token)
        {
            var nearest = Nearest.To(token, names);
            return $"'{token}' is not {(command is RootCommand ? "a command" : $"an option of '{command.Name}'")}.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}";
        }
    }
}
