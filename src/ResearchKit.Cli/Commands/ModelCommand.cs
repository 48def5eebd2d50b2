using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResearchKit.Checkpoints.Hub;
using ResearchKit.Cli.Progress;
using ResearchKit.Runs;
using ResearchKit.Runs.Report;
using TorchSharp;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit model</c>: models from the hub, looked at, and written for others.</summary>
internal static class ModelCommand
{
    private static readonly (string Name, torch.ScalarType? Type)[] Types =
        [("keep", null), ("float32", torch.ScalarType.Float32), ("float16", torch.ScalarType.Float16), ("bfloat16", torch.ScalarType.BFloat16), ("float64", torch.ScalarType.Float64)];

    public static Command Build(Terminal terminal) => new("model", "Fetch a model, look at it, write it for others") { Get(terminal), Inspect(terminal), Export(terminal) };

    private static KitCommand Get(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "A model's name on the hub: NAME or OWNER/NAME, with @REVISION where that is wanted" };
        var revision = new Option<string>("--revision") { Description = "A branch, a tag or a commit [default: main]", HelpName = "REVISION" };
        var command = new KitCommand("get", "Fetch a model into Hugging Face's cache, and print its folder", """
              ./kit model get bert-base-uncased
              ./kit model get TinyLlama/TinyLlama-1.1B-Chat-v1.0 --revision main
              HF_HUB_OFFLINE=1 ./kit model get gpt2      # no network: only say where it is

            HF_HOME or HF_HUB_CACHE say where the cache is, HF_TOKEN opens private models, HF_ENDPOINT names another hub.
            Then the name stands for the model wherever a recipe or a command takes a model's folder.
            """)
        {
            name, revision,
        };
        command.SetAction(parsed =>
        {
            var model = HubName.Parse(parsed.GetValue(name)!, parsed.GetValue(revision));
            var settings = HubSettings.FromEnvironment();
            using var interruption = new Interruption(terminal.Error, "stopping; what has arrived is kept, and the same command goes on from there");
            // Progress beside the result: the folder alone goes to standard output, for a script to read.
            var got = HubProgress.Run(terminal, observer => new ModelHub(settings, observer).Get(model, interruption.Requested).GetAwaiter().GetResult());
            terminal.Output.WriteLine(got.Folder);
            return ExitCode.Success;
        });
        return command;
    }

    private static KitCommand Inspect(Terminal terminal)
    {
        var model = new Argument<string>("MODEL") { Description = "A run folder, a model folder, a safetensors or llama2.c file, or a fetched model's name" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new KitCommand("inspect", "Say what a model is, without running it", """
              ./kit model inspect runs/demo/topic-kd
              ./kit model inspect bert-base-uncased --json
            """)
        {
            model, json,
        };
        command.SetAction(parsed =>
        {
            var found = ModelInspection.Of(parsed.GetValue(model)!);
            if (parsed.GetValue(json)) terminal.Output.WriteLine(JsonSerializer.Serialize(found, SettingsBinder.Json));
            else Print(terminal, found);
            return ExitCode.Success;
        });
        return command;
    }

    private static KitCommand Export(Terminal terminal)
    {
        var model = new Argument<string>("MODEL") { Description = "A run folder, a model folder, a llama2.c file, or a fetched model's name" };
        var @out = new Option<string>("--out") { Description = "The folder to write; it must be empty or not there", HelpName = "FOLDER", Required = true };
        var dtype = new Option<string>("--dtype") { Description = $"Type of the stored weights: {string.Join(", ", Types.Select(t => t.Name))}", HelpName = "TYPE", DefaultValueFactory = _ => "keep" }
            .OneOf([.. Types.Select(t => t.Name)]);
        var tokenizer = new Option<string>("--tokenizer") { Description = "A tokenizer's file or folder, where the model has none of its own", HelpName = "PATH" };
        var command = new KitCommand("export", "Write a model as a folder that Python's transformers loads", """
              ./kit model export runs/demo/topic-kd --out exported
              python3 -c "from transformers import AutoModelForSequenceClassification as M; print(M.from_pretrained('exported'))"
            """)
        {
            model, @out, dtype, tokenizer,
        };
        command.SetAction(parsed =>
        {
            var written = ModelExport.Write(parsed.GetValue(model)!, parsed.GetValue(@out)!, Types.First(t => t.Name == parsed.GetValue(dtype)).Type, parsed.GetValue(tokenizer));
            terminal.Output.WriteLine($"{written.Architecture}, {Format.Count(written.Parameters)} parameters in {written.Type}, is in {written.Folder}: {string.Join(", ", written.Files)}");
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(Terminal terminal, ModelInspection model)
    {
        var words = terminal.Output;
        words.WriteLine(model.Path);
        words.WriteLine(model.Architecture is null ? "An architecture that the kit does not know" : $"{model.Architecture}: {string.Join(", ", model.Shape.Select(s => $"{s.Key} {s.Value}"))}");
        long total = model.Parameters.Values.Sum();
        words.WriteLine($"{total.ToString("N0", CultureInfo.InvariantCulture)} parameters in {string.Join(" and ", model.Tensors.Select(t => t.Type).Distinct())}: "
            + string.Join(", ", model.Parameters.Select(p => $"{p.Key} {Format.Count(p.Value)}")));
        words.WriteLine($"Tokenizer: {model.Tokenizer ?? "none"}");
        foreach (var use in model.Uses) words.WriteLine($"+ {use}");
        foreach (var problem in model.Problems) words.WriteLine($"- {problem}");
        terminal.Table("Files", new(["name", "MB"], [.. model.Files.Select(f => (IReadOnlyList<string>)[f.Name, Megabytes(f.Bytes)])]));
        terminal.Table("Tensors", new(["name", "type", "shape", "MB"],
            [.. model.Tensors.Select(t => (IReadOnlyList<string>)[t.Name, t.Type, $"[{string.Join(", ", t.Shape)}]", Megabytes(t.Bytes)])]));
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.000", CultureInfo.InvariantCulture);
}
