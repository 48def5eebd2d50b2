using System.CommandLine;
using ResearchKit.Models;
using ResearchKit.Runs;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit generate</c>: standard output is the text and nothing else.</summary>
internal static class GenerateCommand
{
    public static Command Build(Terminal terminal)
    {
        var model = new Option<string>("--model") { Description = "A run folder, a model folder or a fetched model's name, of a decoder; or a llama2.c model.bin", HelpName = "PATH", Required = true };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "A tokenizer's file or folder [default: the one beside the model]; a llama2.c model needs one, tok512.bin or its .model", HelpName = "PATH" };
        var prompt = new Option<string>("--prompt") { Description = "The text to go on from", HelpName = "TEXT", Required = true };
        var tokens = new Option<int>("--tokens") { Description = "Tokens to add at most; the text ends sooner at the model's end token, or where its positions end", HelpName = "N", Required = true }.InRange(1, int.MaxValue);
        var greedy = new Option<bool>("--greedy") { Description = "Take the likeliest token each time; so it is, too, when no option of sampling is given" };
        var temperature = new Option<double?>("--temperature") { Description = "Sample; below 1 sharpens, above 1 flattens [default: 1]", HelpName = "T" }.InRange(1e-4, 1e4);
        var topK = new Option<int?>("--top-k") { Description = "Sample among the K likeliest tokens [default: all]", HelpName = "K" }.InRange(1, int.MaxValue);
        var topP = new Option<double?>("--top-p") { Description = "Sample among the likeliest tokens that together have probability P [default: 1]", HelpName = "P" }.InRange(1e-4, 1);
        var seed = new Option<ulong?>("--seed") { Description = "Sample with this seed; the same seed gives the same text [default: 0]", HelpName = "S" };
        var echo = new Option<bool>("--echo") { Description = "Print the prompt before what the model adds, as llama2.c's run does" };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:0", HelpName = "DEVICE", DefaultValueFactory = _ => "auto" };
        var command = new KitCommand("generate", "Continue a text with a trained model; prints what it adds and nothing else", """
              ./kit generate --model runs/demo/define-teacher --prompt 'define: harbour' --tokens 30
              ./kit generate --model runs/demo/define-teacher --prompt 'define: harbour' --tokens 30 --temperature 0.8 --top-p 0.9 --seed 7
              ./kit generate --model stories260K.bin --tokenizer tok512.bin --prompt 'Once upon a time' --tokens 200 --greedy --echo
            """)
        {
            model, tokenizer, prompt, tokens, greedy, temperature, topK, topP, seed, echo, device,
        };
        Option[] sampling = [temperature, topK, topP, seed];
        command.Validators.Add(result =>
        {
            if (result.GetValue(greedy) && sampling.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } other)
                result.AddError($"--greedy takes no {other.Name}: leave one of the two out.");
        });
        command.SetAction(parsed =>
        {
            bool sample = sampling.Any(o => parsed.GetResult(o) is { Implicit: false });
            var options = new GenerationOptions
            {
                MaxNewTokens = parsed.GetValue(tokens),
                Greedy = !sample,
                Temperature = parsed.GetValue(temperature) ?? 1,
                TopK = parsed.GetValue(topK) ?? 0,
                TopP = parsed.GetValue(topP) ?? 1,
            };
            terminal.Output.WriteLine(TextGeneration.Continue(parsed.GetValue(model)!, parsed.GetValue(prompt)!, options, parsed.GetValue(seed) ?? 0, parsed.GetValue(device)!,
                parsed.GetValue(tokenizer), parsed.GetValue(echo)));
            return ExitCode.Success;
        });
        return command;
    }
}
