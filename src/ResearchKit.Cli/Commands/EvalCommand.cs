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
        var saliency = new Option<bool>("--saliency") { Description = "Measure saliency loyalty as well, which takes a backward pass of both models" };
        var measure = new Option<string[]>("--measure") { Description = $"What an instruction task is judged by as well: {string.Join(", ", Judgement.Measures)}; may be given more than once [default: as the run was judged, on its own task]", HelpName = "NAME" };
        var responses = new Option<string>("--responses") { Description = "Of spans, or with --measure rouge: also write what the model answers, a row a line", HelpName = "FILE" };
        var submission = new Option<string>("--submission") { Description = "Measure nothing, but write predictions into this folder: of a GLUE task's official test rows, as GLUE's server takes them, or of SQuAD's official dev set, as its script does", HelpName = "FOLDER" };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:0", HelpName = "DEVICE", DefaultValueFactory = _ => "auto" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new KitCommand("eval", "Measure a trained model on a task", """
              ./kit eval runs/demo/topic-kd
              ./kit eval runs/demo/topic-kd/model --task wordnet-topic --split validation --json
              ./kit eval runs/okd --task self-inst --measure rouge --responses self-inst.jsonl
              ./kit eval runs/sst2 --submission glue
              ./kit eval runs/squad --submission squad
            """)
        {
            model, task, split, limit, reference, saliency, measure, responses, submission, device, json,
        };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetResult(submission) is null) return;
            Option[] measures = [split, limit, reference, saliency, measure, responses];
            if (measures.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } other)
                parsed.AddError($"{other.Name} says what is measured, and --submission measures nothing: it takes all of the official rows. Leave one of the two out.");
        });
        command.SetAction(parsed => parsed.GetValue(submission) is { } folder
            ? Submit(terminal, Submission.Write(parsed.GetValue(model)!, folder, parsed.GetValue(task), parsed.GetValue(device)!), parsed.GetValue(json))
            : Run(terminal, new ModelEvaluationSettings(parsed.GetValue(model)!, parsed.GetValue(task), parsed.GetValue(split)!,
                parsed.GetValue(limit), parsed.GetValue(reference), parsed.GetValue(device)!, parsed.GetValue(saliency),
                parsed.GetResult(measure) is { Implicit: false } ? parsed.GetValue(measure) : null, parsed.GetValue(responses)), parsed.GetValue(json)));
        return command;
    }

    private static int Submit(Terminal terminal, Submission written, bool json)
    {
        terminal.Output.WriteLine(json ? JsonSerializer.Serialize(written, SettingsBinder.Json) : $"{written.File}: {written.Rows} predictions for {written.Task} ({written.Device})");
        return ExitCode.Success;
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
