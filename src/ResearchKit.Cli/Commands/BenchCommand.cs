using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ResearchKit.Benchmarks;
using ResearchKit.Losses;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit bench</c>: how fast the kit is, beside PyTorch on the same machine.</summary>
internal static class BenchCommand
{
    public static Command Build(Terminal terminal)
    {
        var workload = new Option<string>("--workload") { Description = $"What is timed: {string.Join(", ", Workload.Names)} (default: one after another, each in a process of its own)", HelpName = "NAME" }.OneOf(Workload.Names);
        var threads = new Option<int>("--threads") { Description = "Threads of libtorch, on both sides", HelpName = "N", DefaultValueFactory = _ => 1 }.InRange(1, 1024);
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line and nothing else" };
        var beside = new Option<string>("--beside") { Description = "Another workload to time it beside, instead of PyTorch", HelpName = "NAME" }.OneOf(Workload.Names);
        var rounds = new Option<int?>("--rounds") { Description = "Timed rounds (default: by workload)", HelpName = "N" }.InRange(1, 10_000);
        var size = Size();
        var device = Device("Where both sides run: cpu or cuda");
        var precision = Precision("What both compute in: fp32, tf32 (on a GPU) or bf16 with float32 master weights");
        var steps = new KitCommand("steps", "Time a workload beside the same in PyTorch, in alternation", $"""
              ./kit bench steps --threads 2 --json
              ./kit bench steps --workload gradkd-encoder --beside kd-encoder
              ./kit bench steps --workload okd-decoder --size base --device cuda --precision tf32
            """)
        {
            workload, size, device, precision, threads, beside, rounds, json,
        };
        steps.SetAction(parsed =>
        {
            var setting = new Setting(parsed.GetValue(size)!, parsed.GetValue(device)!, parsed.GetValue(precision)!);
            int? limit = parsed.GetValue(rounds);
            if (parsed.GetValue(workload) is { } one) return Run(terminal, StepComparison.Measure(one, parsed.GetValue(threads), parsed.GetValue(beside), limit, setting), parsed.GetValue(json));
            // A fresh process each: its peak of memory is then its own.
            string[] others = [.. limit is null ? [] : (string[])["--rounds", $"{limit}"], .. parsed.GetValue(beside) is { } other ? (string[])["--beside", other] : []];
            foreach (var name in Workload.NamesOf(setting))
                Run(terminal, Alone<StepComparison>(["steps", "--workload", name, "--size", setting.Size, "--device", setting.Device, "--precision", setting.Precision,
                    "--threads", $"{parsed.GetValue(threads)}", "--json", .. others]), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return new Command("bench", "Measure the kit's speed and memory") { steps, BuildLoad(terminal), BuildTokenize(terminal), BuildLossMemory(terminal), BuildMethods(terminal) };
    }

    private static Option<string> Size() =>
        new Option<string>("--size") { Description = "Size of the models: desk, or base for a GPU", HelpName = "SIZE", DefaultValueFactory = _ => "desk" }.OneOf(["desk", "base"]);

    private static Option<string> Device(string description) =>
        new Option<string>("--device") { Description = description, HelpName = "DEVICE", DefaultValueFactory = _ => "cpu" }.OneOf(["cpu", "cuda"]);

    private static Option<string> Precision(string description) =>
        new Option<string>("--precision") { Description = description, HelpName = "TYPE", DefaultValueFactory = _ => "fp32" }.OneOf(["fp32", "tf32", "bf16"]);

    private static KitCommand BuildLoad(Terminal terminal)
    {
        var size = new Option<string>("--size") { Description = "Size of the file, for example 500MB or 2GB", HelpName = "SIZE", DefaultValueFactory = _ => "500MB" };
        size.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Bytes(result.Tokens[0].Value) is null) result.AddError($"--size is '{result.Tokens[0].Value}', expected a number of kB, MB or GB, for example 500MB.");
        });
        var rounds = new Option<int>("--rounds") { Description = "Readings of either side, with a warm and with a cold cache", HelpName = "N", DefaultValueFactory = _ => 7 }.InRange(1, 1000);
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line and nothing else" };
        var alone = new Option<string>("--alone") { Description = "Load this file once, in this process, and print time and memory as JSON", HelpName = "FILE" };
        var command = new KitCommand("load", "Time the loading of a safetensors file beside dd of the same file, and its memory", """
              ./kit bench load --size 500MB
            """)
        {
            size, rounds, json, alone,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(alone) is { } file)
            {
                terminal.Output.WriteLine(JsonSerializer.Serialize(Loading.Of(file), SnakeCase));
                return ExitCode.Success;
            }
            foreach (var result in LoadComparison.Measure(Bytes(parsed.GetValue(size)!)!.Value, parsed.GetValue(rounds), path => Alone<Loading>("load", "--alone", path)))
                terminal.Output.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(result, SnakeCase)
                    : Describe(result));
            return ExitCode.Success;
        });
        return command;
    }

    private static KitCommand BuildTokenize(Terminal terminal)
    {
        var tokenizer = new Option<string>("--tokenizer") { Description = "A tokenizer's file or folder", HelpName = "PATH", Required = true };
        var text = new Option<string>("--text") { Description = "A file of text; each line is encoded alone", HelpName = "FILE", Required = true };
        var rounds = new Option<int>("--rounds") { Description = "Timed passes over the text, after two untimed ones", HelpName = "N", DefaultValueFactory = _ => 7 }.InRange(1, 1000);
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new KitCommand("tokenize", "Time a tokenizer on a text, in one thread", """
              ./kit bench tokenize --tokenizer bert-base-uncased/vocab.txt --text SST-2/train.tsv
            """)
        {
            tokenizer, text, rounds, json,
        };
        command.SetAction(parsed =>
        {
            var result = TokenizerSpeed.Measure(parsed.GetValue(tokenizer)!, parsed.GetValue(text)!, parsed.GetValue(rounds));
            terminal.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(result, SnakeCase)
                : $"{result.TextBytes / 1e6:F2} MB in {Format.Count(result.Lines)} lines, {Format.Count(result.Tokens)} tokens. Ids: {result.MbPerS:F1} MB/s "
                    + $"(passes {result.MbPerSMin:F1} to {result.MbPerSMax:F1}); with places: {result.PlacesMbPerS:F1} MB/s "
                    + $"(passes {result.PlacesMbPerSMin:F1} to {result.PlacesMbPerSMax:F1}); first pass {result.FirstMbPerS:F1} MB/s.");
            return ExitCode.Success;
        });
        return command;
    }

    private static KitCommand BuildMethods(Terminal terminal)
    {
        var size = Size();
        var device = Device("Where: cpu or cuda");
        var precision = Precision("fp32, tf32 (on a GPU) or bf16 with float32 master weights");
        var threads = new Option<int>("--threads") { Description = "Threads of libtorch", HelpName = "N", DefaultValueFactory = _ => 1 }.InRange(1, 1024);
        var rounds = new Option<int>("--rounds") { Description = "Rounds of every method, after one that is not counted", HelpName = "N", DefaultValueFactory = _ => 3 }.InRange(1, 1000);
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var response = new Option<int?>("--response") { Description = "Tokens of a response, behind a prompt as long (default: 64, at base size 256)", HelpName = "N" }.InRange(1, 8192);
        var command = new KitCommand("methods", $"Time training steps of the methods of online distillation side by side: {string.Join(", ", MethodTimes.Names)}", """
              ./kit bench methods --response 256 --threads 2
              ./kit bench methods --size base --device cuda --precision bf16
            """)
        {
            size, device, precision, response, threads, rounds, json,
        };
        command.SetAction(parsed =>
        {
            TorchSharp.torch.set_num_threads(parsed.GetValue(threads));
            var result = MethodTimes.Measure(new Setting(parsed.GetValue(size)!, parsed.GetValue(device)!, parsed.GetValue(precision)!) { Response = parsed.GetValue(response) }, parsed.GetValue(rounds));
            if (parsed.GetValue(json)) terminal.Output.WriteLine(JsonSerializer.Serialize(result, SnakeCase));
            else
            {
                terminal.Output.WriteLine($"{result.Setting.Size} size, {result.Setting.Precision} on {result.Device}, responses of {result.ResponseTokens} tokens, {result.Rounds} rounds of {result.StepsPerRound} steps:");
                foreach (var m in result.Methods)
                    terminal.Output.WriteLine($"  {m.Method,-8} {m.MsPerStep,9:F1} ms a step, {m.Ratio:F2} times {MethodTimes.Names[0]} ({m.RatioMin:F2} to {m.RatioMax:F2}), {m.WritingShare:P0} of it writing; {m.MsPerBatch:F1} ms for each batch of rows or responses");
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static KitCommand BuildLossMemory(Terminal terminal)
    {
        var tokens = new Option<int>("--tokens") { Description = "Positions that are compared", HelpName = "N", DefaultValueFactory = _ => 4096 }.InRange(1, 1 << 20);
        var vocabulary = new Option<int>("--vocabulary") { Description = "Tokens in the vocabulary", HelpName = "N", DefaultValueFactory = _ => 50257 }.InRange(2, 1 << 20);
        var width = new Option<int>("--width") { Description = "Width of the hidden states, of student and teacher", HelpName = "N", DefaultValueFactory = _ => 256 }.InRange(1, 1 << 16);
        var divergence = new Option<string>("--divergence") { Description = $"One of {string.Join(", ", TokenDivergence.Names)}", HelpName = "NAME", DefaultValueFactory = _ => TokenDivergence.Names[0] }.OneOf(TokenDivergence.Names);
        var threads = new Option<int>("--threads") { Description = "Threads of libtorch", HelpName = "N", DefaultValueFactory = _ => 1 }.InRange(1, 1024);
        var rounds = new Option<int>("--rounds") { Description = "Runs of either side", HelpName = "N", DefaultValueFactory = _ => 3 }.InRange(1, 100);
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var alone = new Option<string>("--alone") { Description = "Run this side once, in this process, and print time and memory as JSON: plain, fused or exact", HelpName = "SIDE" }.OneOf(["plain", "fused", "exact"]);
        var gradients = new Option<string>("--gradients") { Description = "With --alone: where to put the gradients", HelpName = "FILE", DefaultValueFactory = _ => "gradients.safetensors" };
        var command = new KitCommand("loss-memory", "Memory and time of the loss in chunks fused with the last map, beside the plain one", """
              ./kit bench loss-memory --tokens 1024
            """)
        {
            tokens, vocabulary, width, divergence, threads, rounds, json, alone, gradients,
        };
        command.SetAction(parsed =>
        {
            var work = new LossWork(parsed.GetValue(tokens), parsed.GetValue(vocabulary), parsed.GetValue(width), parsed.GetValue(divergence)!, parsed.GetValue(threads));
            if (parsed.GetValue(alone) is { } side)
            {
                terminal.Output.WriteLine(JsonSerializer.Serialize(LossRun.Of(work, Enum.Parse<LossSide>(side, ignoreCase: true), parsed.GetValue(gradients)!), SnakeCase));
                return ExitCode.Success;
            }
            var r = LossMemory.Measure(work, parsed.GetValue(rounds), (w, which, file) => Alone<LossRun>(
                "loss-memory", "--alone", which.ToString().ToLowerInvariant(), "--gradients", file, "--tokens", $"{w.Tokens}", "--vocabulary", $"{w.Vocabulary}",
                "--width", $"{w.Width}", "--divergence", w.Divergence, "--threads", $"{w.Threads}"));
            terminal.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(r, SnakeCase)
                : Describe(r));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Describe(LossMemory r)
    {
        string Off(LossDifference d) => $"value {d.Value:G2}, gradient at the hidden states {d.Hidden:G2}, at the map {d.Map:G2}";
        return $"""
            {r.Work.Divergence} of {r.Work.Tokens} tokens, vocabulary {r.Work.Vocabulary}, width {r.Work.Width}, forward and backward, {r.Rounds} rounds:
              peak of the process:  fused {r.FusedPeakBytes / 1e6:F0} MB, plain {r.PlainPeakBytes / 1e6:F0} MB, ratio {r.PeakRatio:F3}; program and inputs are {r.FusedBaseBytes / 1e6:F0} and {r.PlainBaseBytes / 1e6:F0} MB of it
              time:                 fused {r.FusedMs:F0} ms, plain {r.PlainMs:F0} ms, ratio {r.TimeRatio:F2}
              fused from plain:     {Off(r.Apart)}
              fused from float64:   {Off(r.FusedError)}
              plain from float64:   {Off(r.PlainError)}
            """;
    }

    private static string Describe(LoadComparison r)
    {
        string Memory(ProcessMemory m) => $"peak {m.Peak / 1e6:F0} MB ({(double)m.Peak / r.FileBytes:F2} of the file), anonymous {m.Anonymous / 1e6:F0} MB";
        return $"""
            {r.FileBytes / 1e6:F0} MB, {r.Cache} cache: loaded in {r.LoadMs:F1} ms, every value read after {r.ReadMs:F0} ms; dd {r.PeerMs:F0} ms. Ratio of the readings {r.Ratio:F2} (rounds {r.RatioMin:F2} to {r.RatioMax:F2}).
              program and libtorch before: {Memory(r.Before)}
              loaded:                      {Memory(r.Loaded)}
              every value read:            {Memory(r.Read)}
            """;
    }

    // This very program, once more: a fresh process has nothing in memory that another round left.
    private static T Alone<T>(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(BenchCommand).Assembly.Location);
        foreach (var word in arguments.Prepend("bench")) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonSerializer.Deserialize<T>(output, SnakeCase)!
            : throw new KitException($"'kit bench {string.Join(' ', arguments)}' in a process of its own ended with {process.ExitCode}; what it said stands above. Without a word from it, its memory may not have sufficed.");
    }

    private static long? Bytes(string size)
    {
        foreach (var (unit, factor) in new[] { ("kB", 1e3), ("MB", 1e6), ("GB", 1e9) })
            if (size.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(size[..^2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * factor is >= 1 and <= 1e12)
                return (long)(number * factor);
        return null;
    }

    private static int Run(Terminal terminal, StepComparison result, bool json)
    {
        terminal.Output.WriteLine(json
            ? JsonSerializer.Serialize(result, SnakeCase)
            : $"{result.Workload}, {result.Size} size, {result.Dtype} on {result.Device}, {result.Threads} threads: {result.MedianMs:F3} ms a step, {Format.Count(result.PerS)} a second; "
                + $"{result.Peer} {result.PeerMedianMs:F3} ms. Ratio {result.Ratio:F2} (rounds {result.RatioMin:F2} to {result.RatioMax:F2}); below 1 is faster. Peak memory {result.PeakBytes / 1e6:F0} and {result.PeerPeakBytes / 1e6:F0} MB.");
        return ExitCode.Success;
    }

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
