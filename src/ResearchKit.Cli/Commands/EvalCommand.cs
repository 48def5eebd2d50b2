using System.CommandLine;
using System.Text.Json;
using ResearchKit.Runs;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit eval</c>: a saved model, measured.</summary>
internal static class EvalCommand
{
    public static Command Build(Terminal terminal)
    {
        var model = new Argument<string>("RUN_OR_MODEL") { Description = "A run folder, a model folder in the Hugging Face form, or a fetched model's name" };
        var task = new Option<string>("--task") { Description = "What it is measured on [default: what the run was trained on]", HelpName = "NAME" };
        var split = new Option<string>("--split") { Description = "validation or test", HelpName = "NAME", DefaultValueFactory = _ => "test" }.OneOf(["validation", "test"]);
        var limit = new Option<int?>("--limit") { Description = "Rows of the split to use, always the same ones [default: all, or as the run was judged]", HelpName = "N" }.InRange(1, int.MaxValue);
        var reference = new Option<string>("--reference") { Description = "A run or model folder to measure loyalty against [default: the run's own]", HelpName = "PATH" };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:0", HelpName = "DEVICE", DefaultValueFactory = _ => "auto" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new KitCommand("eval", "Measure a trained model on a task", """
              ./kit eval runs/demo/topic-kd
              ./kit eval runs/demo/topic-kd/model --task wordnet-topic --split validation --json
            """)
        {
            model, task, split, limit, reference, device, json,
        };
        command.SetAction(parsed => Run(terminal, new ModelEvaluationSettings(parsed.GetValue(model)!, parsed.GetValue(task), parsed.GetValue(split)!,
            parsed.GetValue(limit), parsed.GetValue(reference), parsed.GetValue(device)!), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Terminal terminal, ModelEvaluationSettings settings, bool json)
    {
        var results = ModelEvaluation.Run(settings);
        terminal.Output.WriteLine(json
            ? JsonSerializer.Serialize(results, SettingsBinder.Json)
            : $"{results.Model} on {results.Task}, {results.Rows} rows of the {results.Split} split ({results.Device}): {Format.Metrics(results.Metrics)}");
        return ExitCode.Success;
    }
}
