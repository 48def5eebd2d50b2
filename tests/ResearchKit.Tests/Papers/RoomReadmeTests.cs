using System.Globalization;
using System.Text.RegularExpressions;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Papers;

/// <summary>What the rooms' READMEs say of lines and numbers is so.</summary>
public partial class RoomReadmeTests
{
    private static string Room(string name) => Path.Combine(Repository.Root, "src/ResearchKit/Papers", name);

    private static string[] Lines(string room) => File.ReadAllLines(Path.Combine(Room(room), "README.md"));

    /// <summary>A row of an equation: a link to a line, and beside it what stands there.</summary>
    [GeneratedRegex(@"\]\((?<file>[^)#]+)#L(?<line>\d+)\) \| `(?<code>[^`]+)`")]
    private static partial Regex EquationRow { get; }

    /// <summary>A row of results: a recipe in backticks, then <c>mean ± deviation</c>, in percent unless the header says nats.</summary>
    [GeneratedRegex(@"^\| `(?<run>[a-z0-9-]+)` \|(?<cells>( -?[\d.]+ ± [\d.]+ \|)+)$")]
    private static partial Regex ResultRow { get; }

    [Theory]
    [InlineData("GradientDistillation")]
    [InlineData("OnlineDistillation")]
    [InlineData("MultiAspectDistillation")]
    public void EveryEquationIsWhereItIsSaidToBe(string room)
    {
        var rows = Lines(room).Select(l => EquationRow.Match(l)).Where(m => m.Success).ToList();
        Assert.True(rows.Count >= 8);
        foreach (var row in rows)
        {
            var line = File.ReadLines(Path.Combine(Room(room), row.Groups["file"].Value)).ElementAt(int.Parse(row.Groups["line"].Value, CultureInfo.InvariantCulture) - 1);
            Assert.Contains(row.Groups["code"].Value, line);
        }
    }

    [Theory]
    [InlineData("GradientDistillation", 80)]
    [InlineData("OnlineDistillation", 70)]
    [InlineData("MultiAspectDistillation", 40)]
    public void EveryNumberIsThatOfTheCommittedRuns(string room, int least)
    {
        int compared = 0;
        Comparison? table = null;
        string[] metrics = [];
        foreach (var line in Lines(room))
        {
            if (Regex.Match(line, @"<!-- results: (?<folder>[\w-]+): (?<metrics>.+) -->") is { Success: true } header)
            {
                table = Comparison.OfResults([Path.Combine(Room(room), "Results", header.Groups["folder"].Value)]);
                metrics = header.Groups["metrics"].Value.Split(", ");
            }
            if (ResultRow.Match(line) is not { Success: true } row) continue;
            var cells = row.Groups["cells"].Value.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var group = table!.Group(row.Groups["run"].Value);
            Assert.Equal(metrics.Length, cells.Length);
            foreach (var (metric, cell) in metrics.Zip(cells))
            {
                bool nats = metric.EndsWith(":nats", StringComparison.Ordinal);
                var spread = group.Metric(nats ? metric[..^5] : metric)!;
                string Number(double value) => (nats ? value : value * 100).ToString(nats ? "F3" : "F1", CultureInfo.InvariantCulture);
                Assert.Equal($"{Number(spread.Mean)} ± {Number(spread.Deviation)}", cell);
                compared++;
            }
        }
        Assert.True(compared >= least, $"{compared} numbers were compared.");
    }
}
