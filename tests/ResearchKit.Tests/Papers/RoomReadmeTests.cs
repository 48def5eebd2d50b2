using System.Globalization;
using System.Text.RegularExpressions;
using ResearchKit.Runs;
using ResearchKit.Tests.Cli;
using Xunit;

namespace ResearchKit.Tests.Papers;

/// <summary>What the rooms' READMEs say of lines and numbers is so.</summary>
public partial class RoomReadmeTests
{
    private static readonly string s_room = Path.Combine(Repository.Root, "src/ResearchKit/Papers/GradientDistillation");
    private static readonly string[] s_lines = File.ReadAllLines(Path.Combine(s_room, "README.md"));

    /// <summary>A row of an equation: a link to a line, and beside it what stands there.</summary>
    [GeneratedRegex(@"\]\((?<file>[^)#]+)#L(?<line>\d+)\) \| `(?<code>[^`]+)`")]
    private static partial Regex EquationRow { get; }

    /// <summary>A row of results: a recipe in backticks, then <c>mean ± deviation</c> in percent.</summary>
    [GeneratedRegex(@"^\| `(?<run>[a-z-]+)` \|(?<cells>( [\d.]+ ± [\d.]+ \|)+)$")]
    private static partial Regex ResultRow { get; }

    [Fact]
    public void EveryEquationIsWhereItIsSaidToBe()
    {
        var rows = s_lines.Select(l => EquationRow.Match(l)).Where(m => m.Success).ToList();
        Assert.True(rows.Count >= 8);
        foreach (var row in rows)
        {
            var line = File.ReadLines(Path.Combine(s_room, row.Groups["file"].Value)).ElementAt(int.Parse(row.Groups["line"].Value, CultureInfo.InvariantCulture) - 1);
            Assert.Contains(row.Groups["code"].Value, line);
        }
    }

    [Fact]
    public void EveryNumberIsThatOfTheCommittedRuns()
    {
        int compared = 0;
        Comparison? table = null;
        string[] metrics = [];
        foreach (var line in s_lines)
        {
            if (Regex.Match(line, @"<!-- results: (?<folder>[\w-]+): (?<metrics>.+) -->") is { Success: true } header)
            {
                table = Comparison.OfResults([Path.Combine(s_room, "Results", header.Groups["folder"].Value)]);
                metrics = header.Groups["metrics"].Value.Split(", ");
            }
            if (ResultRow.Match(line) is not { Success: true } row) continue;
            var cells = row.Groups["cells"].Value.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var group = table!.Group(row.Groups["run"].Value);
            Assert.Equal(metrics.Length, cells.Length);
            foreach (var (metric, cell) in metrics.Zip(cells))
            {
                var spread = group.Metric(metric)!;
                Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{spread.Mean * 100:F1} ± {spread.Deviation * 100:F1}"), cell);
                compared++;
            }
        }
        Assert.True(compared >= 80, $"{compared} numbers were compared.");
    }
}
