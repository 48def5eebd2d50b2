using System.Globalization;
using ResearchKit.Evaluation;

namespace ResearchKit.Runs.Report;

/// <summary>A comparison as header and rows of text: one form for the terminal, the page and the notebook.</summary>
/// <param name="Header">Column names.</param>
/// <param name="Rows">One row a recipe.</param>
public sealed record ComparisonTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    // Shares and correlations are told in per cent, losses in nats: the metric's name decides.

    /// <summary>Lays a comparison out: parameters, every metric as mean ± deviation over seeds, training time.</summary>
    public static ComparisonTable Of(Comparison comparison)
    {
        List<string> header = ["run", "method", "seeds", "parameters", .. comparison.Metrics.Select(Title), "training s"];
        var rows = comparison.Groups.Select(group => (IReadOnlyList<string>)[
            group.Name, group.Runs[0].Method, group.Runs.Count.ToString(CultureInfo.InvariantCulture),
            group.Runs[0].Parameters.ToString("N0", CultureInfo.InvariantCulture),
            .. comparison.Metrics.Select(m => group.Metric(m) is { } spread ? Format(m, spread) : "–"),
            Plain(group.Seconds, "F0")]).ToList();
        return new(header, rows);
    }

    /// <summary>What sets every other recipe apart from one of them, seed by seed, with the p-value of Student's paired t-test:
    /// +2.1 (p = 0.03). Null where no other shares two seeds with it, for a single pair says nothing of chance.</summary>
    /// <param name="comparison">What is compared.</param>
    /// <param name="against">The name of the one; null for the first.</param>
    /// <exception cref="KitException">There is none of that name.</exception>
    public static ComparisonTable? Differences(Comparison comparison, string? against = null)
    {
        var first = against is null ? comparison.Groups[0] : comparison.Group(against);
        var others = comparison.Groups.Where(g => g != first).Where(g => g.Runs.IntersectBy(first.Runs.Select(r => r.Seed), r => r.Seed).Count() >= 2).ToList();
        if (others.Count == 0) return null;
        var rows = others.Select(group => (IReadOnlyList<string>)[
            group.Name, .. comparison.Metrics.Select(m => Comparison.Test(group, first, m) is { } test ? Signed(m, test) : "–")]).ToList();
        return new([$"against {first.Name}", .. comparison.Metrics.Select(Title)], rows);
    }

    private static string Signed(string metric, PairedTest test)
    {
        var size = Format(metric, new(Math.Abs(test.Difference), 0, 1));
        return string.Create(CultureInfo.InvariantCulture, $"{(test.Difference < 0 ? '−' : '+')}{size} (p = {test.PValue:G2})");
    }

    /// <summary>A metric's name with its unit.</summary>
    public static string Title(string metric) => MetricNames.Unit(metric) switch
    {
        MetricUnit.Nats => $"{metric} (nats)",
        MetricUnit.Number => metric,
        _ => $"{metric} %",
    };

    /// <summary>A metric's value over seeds, in its unit: 81.2 ± 0.3.</summary>
    public static string Format(string metric, Spread spread) => MetricNames.Unit(metric) switch
    {
        MetricUnit.Nats => Plain(spread, "F3"),
        MetricUnit.Number => Plain(spread, Math.Abs(spread.Mean) < 10 ? "F3" : "F1"),
        _ => Plain(new(spread.Mean * 100, spread.Deviation * 100, spread.Count), "F1"),
    };

    private static string Plain(Spread spread, string format)
    {
        var mean = spread.Mean.ToString(format, CultureInfo.InvariantCulture);
        return spread.Count == 1 ? mean : $"{mean} ± {spread.Deviation.ToString(format, CultureInfo.InvariantCulture)}";
    }
}
