using System.CommandLine;
using ResearchKit.Notebooks.Checking;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook check</c>: do notebooks still give the numbers that stand in them?</summary>
internal static class NotebookCheckCommand
{
    /// <summary>Relative; the arithmetic of two machines differs by less, a result that has changed by more.</summary>
    public const double UsualTolerance = 1e-3;

    public static Command Build(Terminal terminal)
    {
        var files = new Argument<string[]>("FILES") { Description = "Notebooks, .ipynb files", Arity = ArgumentArity.OneOrMore };
        var tolerance = new Option<double>("--tolerance") { Description = "How far a number may differ, relative to itself", HelpName = "T", DefaultValueFactory = _ => UsualTolerance };
        var timeout = NotebookRunCommand.Timeout();
        var command = new KitCommand("check", "Run notebooks again and compare the numbers with the outputs that stand in them", """
              ./kit notebook check notebooks/*.ipynb
              ./kit notebook check notebooks/00-start-here.ipynb --tolerance 0.05
            """)
        {
            files, tolerance, timeout,
        };
        command.SetAction(parsed => Check(terminal, parsed.GetValue(files)!, new([], NotebookRunCommand.Limit(parsed.GetValue(timeout))), parsed.GetValue(tolerance)));
        return command;
    }

    public static int Check(Terminal terminal, IReadOnlyList<string> files, RunSettings settings, double tolerance)
    {
        if (tolerance is not (>= 0 and < 1)) throw new KitException($"--tolerance is {tolerance}, expected 0 or more and less than 1.");
        bool differs = false;
        foreach (var path in files)
        {
            var now = Notebook.Load(path);
            var result = NotebookRunCommand.RunWatched(terminal, now, path, settings);
            if (result.Failure is not null)
            {
                terminal.Error.WriteLine($"kit: {path}, {result.Failure}");
                return result.Interrupted ? ExitCode.Interrupted : ExitCode.Refused;
            }
            var differences = NotebookCheck.Compare(Notebook.Load(path), now, tolerance);
            foreach (var difference in differences) terminal.Output.WriteLine($"{path}: {difference}");
            if (differences.Count == 0) terminal.Output.WriteLine($"{path}: every number is as it was");
            differs |= differences.Count > 0;
        }
        return differs ? ExitCode.Differs : ExitCode.Success;
    }
}
