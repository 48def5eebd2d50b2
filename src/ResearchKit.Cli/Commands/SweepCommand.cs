using System.CommandLine;
using ResearchKit.Runs;
using ResearchKit.Runs.Report;
using ResearchKit.Runs.Sweeps;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit sweep</c>: a search for settings, stage by stage, and the runs that are published.</summary>
internal static class SweepCommand
{
    public static Command Build(Terminal terminal)
    {
        var sweep = new Argument<string>("SWEEP") { Description = "The sweep, a JSON file" };
        var folder = new Option<string>("--out") { Description = "Folder for its runs; a sweep that was stopped goes on there [default: runs/NAME of the sweep]", HelpName = "DIR" };
        var jobs = new Option<int>("--jobs") { Description = "Runs at the same time, each in a process of its own and with one thread unless its recipe says otherwise", HelpName = "N", DefaultValueFactory = _ => 1 }.InRange(1, 256);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would run, what is done, and what is chosen so far" };
        var collect = new Option<string>("--collect") { Description = "When all is done, copy the small files behind the table there, to be committed", HelpName = "DIR" };
        var command = new KitCommand("sweep", "Search settings stage by stage, then run the best with every seed, and compare", """
              ./kit sweep sweeps/gradkd.json --dry-run
              ./kit sweep sweeps/gradkd.json --jobs 2
              ./kit sweep sweeps/gradkd.json --collect docs/results/gradkd

            A sweep, for example; paths of recipes are relative to its file, and a grid is the product of its lists:
            {
              "name": "topic",
              "teacher": { "recipe": "teacher.json" },
              "set": { "data.trainLimit": 20000 },
              "stages": [
                { "name": "kd", "recipe": "kd.json", "grid": { "method.alpha": [0.2, 0.5], "method.temperature": [5, 10] },
                  "carry": ["method.alpha", "method.temperature"] },
                { "name": "longer", "recipe": "kd.json", "grid": { "train.epochs": [6, 8] } },
                { "name": "fine-tune", "recipe": "fine-tune.json" }
              ],
              "select": { "metric": "accuracy", "direction": "max" },
              "seeds": [1, 2, 3]
            }
            Points of a grid run with the first seed and are judged on the validation split. The best of them runs with every seed and is judged
            on the test split. What a stage carries goes to every later stage that takes it. "teacher" may be the path of a run, "set" of the
            sweep holds for every run, the teacher's included, and "set" of a stage, or of the teacher, goes before it.
            """)
        {
            sweep, folder, jobs, dryRun, collect,
        };
        command.SetAction(parsed =>
        {
            var plan = SweepPlan.Of(parsed.GetValue(sweep)!, parsed.GetValue(folder), parsed.GetValue(jobs));
            return parsed.GetValue(dryRun) ? Show(terminal, SweepSurvey.Of(plan), plan) : Run(terminal, plan, parsed.GetValue(collect));
        });
        return command;
    }

    private static int Run(Terminal terminal, SweepPlan plan, string? collect)
    {
        ISweepRunner runner = plan.Jobs == 1 ? new InProcessRunner() : new ProcessRunner(Shell.Kit, plan.Jobs);
        var again = $"./kit sweep {Shell.Quote(plan.File)} --jobs {plan.Jobs} --out {Shell.Quote(plan.Folder)}";
        if (Work.Watched(terminal, (observer, stop) => SweepExecution.Run(plan, runner, observer, stop), again) is not { } outcome) return ExitCode.Interrupted;
        if (!outcome.IsComplete)
        {
            foreach (var failure in outcome.Failures) terminal.Error.WriteLine($"kit: {failure.What} failed: {failure.Reason}");
            terminal.Error.WriteLine($"kit: what depends on that was not begun; everything else is done. Mend it, then go on: {again}");
            return ExitCode.Refused;
        }
        Print(terminal, plan, outcome.Choices);
        if (collect is not null) terminal.Output.WriteLine($"{SweepSummary.Collect(plan, outcome.Choices, collect).Count} files for publication: {collect}");
        return ExitCode.Success;
    }

    private static void Print(Terminal terminal, SweepPlan plan, IReadOnlyList<SweepChoice?> choices)
    {
        foreach (var (stage, choice) in plan.Stages.Zip(choices))
            if (choice!.Values.Count > 0) terminal.Output.WriteLine($"{stage.Name}: {choice.Best.Name} is the best of {choice.Values.Count} ({Chosen(plan, choice)})");
        var runs = plan.Published(choices).Select(r => r.Folder.Results()).ToList();
        var first = runs[^1];
        // A teacher of another task, or of the splits of another, has no place in the table.
        var comparison = Comparison.OfResults(runs.Where(r => (r.Task, r.Split) == (first.Task, first.Split)));
        terminal.Table($"{plan.Sweep.Name}: {first.Task}, {first.Split} split", ComparisonTable.Of(comparison));
        if (ComparisonTable.Differences(comparison, plan.Stages[0].Name) is { } differences) terminal.Table("Differences, paired by seed (t-test)", differences);
        terminal.Output.WriteLine($"The sweep: {plan.Folder}");
    }

    private static int Show(Terminal terminal, SweepSurvey survey, SweepPlan plan)
    {
        var rows = survey.Runs.Select(run => (IReadOnlyList<string>)[
            run.Stage, run.Name, run.State.ToString().ToLowerInvariant(), run.Value is { } value ? Format.Number(value) : "–", run.Chosen ? "chosen" : ""]).ToList();
        terminal.Table($"{plan.Sweep.Name}: {survey.Runs.Count} runs, {survey.Done} done, {survey.Runs.Count - survey.Done} to go",
            new(["stage", "run", "state", plan.Sweep.Select.Metric, ""], rows));
        terminal.Output.WriteLine($"The sweep: {plan.Folder}");
        return ExitCode.Success;
    }

    private static string Chosen(SweepPlan plan, SweepChoice choice)
    {
        var select = plan.Sweep.Select;
        return $"validation {select.Metric} {Format.Number(select.Direction == "max" ? choice.Values.Max() : choice.Values.Min())}";
    }
}
