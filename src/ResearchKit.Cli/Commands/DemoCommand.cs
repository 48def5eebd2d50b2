using System.CommandLine;
using ResearchKit.Runs;
using ResearchKit.Runs.Report;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit demo</c>: the main path from bare data to a table that says whether distillation paid.</summary>
internal static class DemoCommand
{
    public static Command Build(Terminal terminal)
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer rows and epochs, under two minutes: shows that all works, not what distillation gains" };
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the runs and the report; a demo that was stopped goes on there [default: runs/demo, with --quick runs/demo-quick]",
            HelpName = "DIR",
        };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:0", HelpName = "DEVICE", DefaultValueFactory = _ => "auto" };
        var seeds = new Option<int>("--seeds") { Description = "Seeds of each student", HelpName = "N", DefaultValueFactory = _ => 1 }.InRange(1, 100);
        var command = new KitCommand("demo", "Train a teacher on real text, distil a student from it, compare, and write a report", """
              ./kit demo
              ./kit demo --seeds 3 --out runs/three-seeds
            """)
        {
            quick, folder, device, seeds,
        };
        command.SetAction(parsed => Run(terminal, new DemoSettings(
            parsed.GetValue(folder) ?? (parsed.GetValue(quick) ? "runs/demo-quick" : "runs/demo"),
            parsed.GetValue(quick), parsed.GetValue(seeds), parsed.GetValue(device)!)));
        return command;
    }

    private static int Run(Terminal terminal, DemoSettings settings)
    {
        var again = $"./kit demo{(settings.Quick ? " --quick" : "")} --seeds {settings.Seeds} --device {settings.Device} --out {Shell.Quote(settings.Out)}";
        if (Work.Watched(terminal, (observer, stop) => Demo.Run(settings, observer, stop), again) is not { } outcome) return ExitCode.Interrupted;
        Print(terminal, outcome);
        return ExitCode.Success;
    }

    /// <summary>Tables, what they say, sample answers, and where the report is.</summary>
    internal static void Print(Terminal terminal, DemoOutcome outcome)
    {
        terminal.Table("Which topic does a definition belong to? (wordnet-topic)", ComparisonTable.Of(outcome.Topic));
        terminal.Output.WriteLine(DemoReport.Verdict(outcome.Topic, "topic-kd", "topic-student", "accuracy", higherIsBetter: true));
        terminal.Table("What does a word mean? (wordnet-define)", ComparisonTable.Of(outcome.Define));
        terminal.Output.WriteLine(DemoReport.Verdict(outcome.Define, "define-fkl", "define-student", "loss", higherIsBetter: false));
        foreach (var sample in outcome.Samples)
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"{sample.Word}: {sample.Definition} (WordNet)");
            foreach (var (model, answer) in sample.Answers) terminal.Output.WriteLine($"  {model,-16} {answer}");
        }
        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"{Format.Duration(outcome.Seconds)}. The report: {outcome.Report}");
    }
}
