using System.CommandLine;
using ResearchKit.Runs;
using ResearchKit.Runs.Report;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit compare</c>: runs side by side, from their folders.</summary>
internal static class CompareCommand
{
    public static Command Build(Terminal terminal)
    {
        var runs = new Argument<string[]>("RUNS") { Description = "Folders of complete runs of one task, results.json files, or a folder that a sweep has collected them in", Arity = ArgumentArity.OneOrMore };
        var against = new Option<string>("--against") { Description = "The recipe that the others are tested against, pair by pair of seeds [default: the first]", HelpName = "NAME" };
        var html = new Option<string>("--html") { Description = "Also write the table as a page", HelpName = "FILE" };
        var command = new KitCommand("compare", "Lay runs side by side, those of one recipe together as mean and spread", """
              ./kit compare runs/demo/topic-*
              ./kit compare runs/demo/topic-* --against topic-student --html topic.html
            """)
        {
            runs, against, html,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(runs)!, parsed.GetValue(against), parsed.GetValue(html)));
        return command;
    }

    private static int Run(Terminal terminal, string[] runs, string? against, string? html)
    {
        var comparison = Comparison.OfResults(runs);
        var first = comparison.Groups[0].Runs[0];
        var title = $"{first.Task}, {first.Split} split";
        terminal.Table(title, ComparisonTable.Of(comparison));
        var differences = ComparisonTable.Differences(comparison, against);
        if (differences is not null) terminal.Table("Differences, paired by seed (t-test)", differences);
        else if (against is not null) terminal.Error.WriteLine($"kit: nothing else shares two seeds with '{against}', so there is nothing to test.");
        if (html is not null)
        {
            var page = new Page(title).Add(comparison);
            if (differences is not null) page.Heading("Differences, paired by seed (t-test)").Table(differences.Header, differences.Rows);
            page.Save(html);
            terminal.Output.WriteLine($"The page: {html}");
        }
        return ExitCode.Success;
    }
}
