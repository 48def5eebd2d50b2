using System.CommandLine;
using ResearchKit.Cli.Doctor;
using Spectre.Console;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit doctor</c>: what was found on this machine, and what is missing with the remedy.</summary>
internal static class DoctorCommand
{
    public static Command Build(Terminal terminal)
    {
        var gpu = new Option<bool>("--expect-gpu") { Description = "Fail when libtorch reaches no GPU; KIT_EXPECT_GPU=1 says the same" };
        var command = new Command("doctor", "Say what was found on this machine, and what is missing with the remedy") { gpu };
        command.SetAction(parsed => Run(terminal, Examination.OfThisMachine(parsed.GetValue(gpu) || Environment.GetEnvironmentVariable("KIT_EXPECT_GPU") == "1")));
        return command;
    }

    /// <summary>Prints what was found; only what keeps the kit from running makes it fail.</summary>
    internal static int Run(Terminal terminal, IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (color, word) = finding.State switch
            {
                State.Good => ("green", "ok"),
                State.Lacking => ("yellow", "missing"),
                _ => ("red", "broken"),
            };
            terminal.Console.MarkupLine($"[{color}]{word,-8}[/] {finding.What,-9} {Markup.Escape(finding.Found)}");
            if (finding.Remedy is { } remedy) terminal.Console.MarkupLine($"{"",-18} [{color}]{Markup.Escape(remedy)}[/]");
        }
        bool runs = findings.All(f => f.State != State.Broken);
        terminal.Output.WriteLine(runs ? "The kit can run here." : "The kit cannot run here; see what is broken above.");
        return runs ? ExitCode.Success : ExitCode.Refused;
    }
}
