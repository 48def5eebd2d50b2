using System.CommandLine;
using System.Diagnostics;
using ResearchKit.Notebooks.Checking;
using ResearchKit.Notebooks.Documents;
using ResearchKit.Notebooks.Running;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit notebook run</c>: every cell from top to bottom, the outputs written back.</summary>
internal static class NotebookRunCommand
{
    public static Command Build(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The notebook, an .ipynb file" };
        var place = new Option<string>("--out") { Description = "Where the notebook with its new outputs goes [default: FILE itself, if every cell ran]", HelpName = "FILE" };
        var set = new Option<string[]>("--set") { Description = "Set a variable of the cell tagged 'parameters'; may be given more than once", HelpName = "NAME=VALUE" };
        var check = new Option<bool>("--check") { Description = "Write nothing; compare the new outputs with those that stand, as 'kit notebook check' does" };
        var timeout = Timeout();
        var command = new KitCommand("run", "Run a notebook from top to bottom and write its outputs", """
              ./kit notebook run notebooks/00-start-here.ipynb
              ./kit notebook run notebooks/00-start-here.ipynb --set alpha=1 --out mine.ipynb
              ./kit notebook run notebooks/00-start-here.ipynb --check
            """)
        {
            file, place, set, check, timeout,
        };
        command.SetAction(parsed =>
        {
            var settings = new RunSettings(parsed.GetValue(set) ?? [], Limit(parsed.GetValue(timeout)));
            var path = parsed.GetValue(file)!;
            if (!parsed.GetValue(check)) return Run(terminal, path, Path.GetFullPath(parsed.GetValue(place) ?? path), settings);
            if (parsed.GetValue(place) is not null) throw new KitException("--check writes nothing, so it takes no --out. Leave one of the two out.");
            return NotebookCheckCommand.Check(terminal, [path], settings, NotebookCheckCommand.UsualTolerance);
        });
        return command;
    }

    /// <summary>The option that limits a cell's time.</summary>
    public static Option<double?> Timeout() => new("--timeout") { Description = "Stop a cell that runs longer than this many seconds [default: no limit]", HelpName = "SECONDS" };

    /// <summary>The limit that the option gives.</summary>
    /// <exception cref="KitException">It is no time.</exception>
    public static TimeSpan? Limit(double? seconds) => seconds switch
    {
        null => null,
        > 0 and < 1e6 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new KitException($"--timeout is {seconds}, expected a number of seconds above 0."),
    };

    private static int Run(Terminal terminal, string path, string target, RunSettings settings)
    {
        var notebook = Notebook.Load(path);
        var clock = Stopwatch.StartNew();
        var result = RunWatched(terminal, notebook, path, settings);
        if (result.Failure is null)
        {
            notebook.Save(target);
            terminal.Output.WriteLine($"{path}: every cell ran, {clock.Elapsed.TotalSeconds:F1} s. The notebook: {target}");
            return ExitCode.Success;
        }
        var partial = Path.ChangeExtension(target, ".failed.ipynb");
        notebook.Save(partial);
        terminal.Error.WriteLine($"kit: {path}, {result.Failure}");
        terminal.Error.WriteLine($"kit: {path} is as it was; what the cells up to there gave is in {partial}");
        return result.Interrupted ? ExitCode.Interrupted : ExitCode.Refused;
    }

    /// <summary>Runs a notebook with a line for every cell, and with Ctrl-C.</summary>
    public static RunResult RunWatched(Terminal terminal, Notebook notebook, string path, RunSettings settings)
    {
        using var interruption = new Interruption(terminal.Error, "stopping the cell");
        return NotebookRunner.Run(notebook, path, settings,
            cell => terminal.Output.WriteLine($"cell {cell.Number} of {cell.Count}: {cell.Took.TotalSeconds:F1} s{(cell.Failure is null ? "" : ", failed")}"), interruption.Requested);
    }
}
