using System.CommandLine;
using System.Text.Json;
using ResearchKit.Benchmarks;

namespace ResearchKit.Cli.Commands;

/// <summary><c>kit bench</c>: how fast the kit is, beside PyTorch on the same machine.</summary>
internal static class BenchCommand
{
    public static Command Build(Terminal terminal)
    {
        var workload = new Option<string>("--workload") { Description = $"What is timed: {string.Join(", ", Workload.Names)}", HelpName = "NAME", Required = true }.OneOf(Workload.Names);
        var threads = new Option<int>("--threads") { Description = "Threads of libtorch, on both sides", HelpName = "N", DefaultValueFactory = _ => 1 }.InRange(1, 1024);
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var steps = new KitCommand("steps", "Time a workload beside the same in PyTorch, in alternation", $"""
              ./kit bench steps --workload {Workload.Names[0]} --threads 2 --json
            """)
        {
            workload, threads, json,
        };
        steps.SetAction(parsed => Run(terminal, parsed.GetValue(workload)!, parsed.GetValue(threads), parsed.GetValue(json)));
        return new Command("bench", "Measure the kit's speed") { steps };
    }

    private static int Run(Terminal terminal, string workload, int threads, bool json)
    {
        var result = StepComparison.Measure(workload, threads);
        terminal.Output.WriteLine(json
            ? JsonSerializer.Serialize(result, SnakeCase)
            : $"{result.Workload}, {result.Threads} threads: {result.MedianMs:F3} ms a step, {Format.Count(result.PerS)} a second; "
                + $"{result.Peer} {result.PeerMedianMs:F3} ms. Ratio {result.Ratio:F2} (rounds {result.RatioMin:F2} to {result.RatioMax:F2}); below 1 is faster than PyTorch.");
        return ExitCode.Success;
    }

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
