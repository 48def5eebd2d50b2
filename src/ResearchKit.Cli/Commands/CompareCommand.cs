using System.CommandLine;
using ResearchKit.Runs;
using ResearchKit.Runs.Report;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit compare</c>: runs side by side, from their folders.</summary>
internal static class CompareCommand
{
    public static Command Build(Terminal terminal)
    {
        var runs = new Argument<string[]>("RUNS") { Description = "Folders of complete runs of one task", Arity = ArgumentArity.OneOrMore };
        var html = new Option<string>("--html") { Description = "Also write the table as a page", HelpName = "FILE" };
        var command = new KitCommand("compare", "Lay runs side by side, those of one recipe together as mean and spread", """
              ./kit compare runs/demo/topic-*
              ./kit compare runs/demo/topic-* --html topic.html
            """)
        {
            runs, html,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(runs)!, parsed.GetValue(html)));
        return command;
    }

    private static int Run(Terminal terminal, string[] runs, string? html)
    {
        var comparison = Comparison.Of(runs.Select(path => new RunFolder(path)));
        var first = comparison.Groups[0].Runs[0];
        var title = $"{first.Task}, {first.Split} split";
        terminal.Table(title, ComparisonTable.Of(comparison));
        var differences = ComparisonTable.Differences(comparison);
        if (differences is not null) terminal.Table("Differences, paired by seed (t-test)", differences);
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
