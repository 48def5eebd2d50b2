using System.CommandLine;
using ResearchKit.Checkpoints.Hub;
using ResearchKit.Cli.Progress;
using ResearchKit.Data;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit data</c>: data sets that are not on the machine yet.</summary>
internal static class DataCommand
{
    public static Command Build(Terminal terminal)
    {
        var task = new Argument<string>("TASK") { Description = "A task of GLUE: sst2, cola, mrpc, qqp, mnli, qnli, rte, wnli, stsb; or squad, squad2" };
        var get = new KitCommand("get", "Fetch a task's data set, and print its folder", """
              ./kit data get sst2
              KIT_DATA=/data ./kit data get mnli      # into /data/glue/MNLI; the folder is remembered

            Files that are there already stay as they are. datasets/README.md says what else there is and how to lay it there by hand.
            """)
        {
            task,
        };
        get.SetAction(parsed =>
        {
            var settings = HubSettings.FromEnvironment();
            using var interruption = new Interruption(terminal.Error, "stopping; what has arrived is kept, and the same command goes on from there");
            var folder = HubProgress.Run(terminal, observer => new DataDownload(settings, observer).Get(parsed.GetValue(task)!, interruption.Requested).GetAwaiter().GetResult());
            terminal.Output.WriteLine(folder);
            return ExitCode.Success;
        });
        return new("data", "Fetch data sets") { get };
    }
}
