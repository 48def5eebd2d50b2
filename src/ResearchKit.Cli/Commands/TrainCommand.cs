using System.CommandLine;
using ResearchKit.Runs;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit train</c>: one recipe, one run folder.</summary>
internal static class TrainCommand
{
    public static Command Build(Terminal terminal)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "The recipe, a JSON file" };
        var set = new Option<string[]>("--set")
        {
            Description = "Change a setting of the recipe, for example train.epochs=3; may be given more than once",
            HelpName = "KEY=VALUE",
        };
        var folder = new Option<string>("--out") { Description = "The run folder [default: runs/NAME of the recipe]", HelpName = "DIR" };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run that stands in the folder" };
        var command = new KitCommand("train", "Run a recipe: train, evaluate, write a run folder", $"""
              ./kit train recipe.json
              ./kit train recipe.json --set train.epochs=3 --set train.device=cuda:0 --out runs/three-epochs
              ./kit train runs/three-epochs/config.json --out runs/three-epochs --resume

            A recipe, for example (what is left out has a default, and a run's config.json shows them all):
            {Demo.Recipe("topic-student").ToJsonString(SettingsBinder.Json)}
            """)
        {
            recipe, set, folder, resume,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(recipe)!, parsed.GetValue(set) ?? [], parsed.GetValue(folder), parsed.GetValue(resume)));
        return command;
    }

    private static int Run(Terminal terminal, string path, string[] overrides, string? place, bool resume)
    {
        var recipe = Recipe.Load(path, overrides);
        var folder = new RunFolder(place ?? Path.Combine("runs", recipe.Name));
        var again = $"./kit train {Shell.Quote(folder.ConfigFile)} --out {Shell.Quote(folder.Path)} --resume";
        var results = Work.Watched(terminal, (observer, stop) => Experiment.Run(recipe, folder, resume, observer, stop), again);
        if (results is null) return ExitCode.Interrupted;
        terminal.Output.WriteLine($"The run: {folder.Path}");
        return ExitCode.Success;
    }
}
