using ResearchKit.Evaluation;

namespace ResearchKit.Runs;

/// <summary>Runs of one recipe over its seeds.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Runs">In the order of their seeds.</param>
public sealed record RunGroup(string Name, IReadOnlyList<RunResults> Runs)
{
    /// <summary>A metric over the seeds, or null where some run lacks it.</summary>
    public Spread? Metric(string name) => Runs.All(r => r.Metrics.ContainsKey(name)) ? Spread.Of([.. Runs.Select(r => r.Metrics[name])]) : null;

    /// <summary>Training seconds over the seeds.</summary>
    public Spread Seconds => Spread.Of([.. Runs.Select(r => r.TrainingSeconds)]);
}

/// <summary>Runs laid side by side: made from their folders, never from memory.</summary>
public sealed class Comparison
{
    private Comparison(IReadOnlyList<RunGroup> groups)
    {
        Groups = groups;
        Metrics = [.. groups.SelectMany(g => g.Runs).SelectMany(r => r.Metrics.Keys).Distinct()];
    }

    /// <summary>One group for each recipe name, in the order given.</summary>
    public IReadOnlyList<RunGroup> Groups { get; }

    /// <summary>Every metric that some run has, in the order met.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>Reads complete runs.</summary>
    /// <exception cref="KitException">No folder given, a run that is not complete, or runs of different tasks or splits, which no table may mix.</exception>
    public static Comparison Of(IEnumerable<RunFolder> folders)
    {
        // A folder that two patterns name is one run, not two.
        var results = folders.DistinctBy(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f.Path))).Select(f => f.Results()).ToList();
        if (results.Count == 0) throw new KitException("There are no runs to compare: give at least one run folder.");
        var kinds = results.Select(r => $"{r.Task} ({r.Split})").Distinct().ToList();
        if (kinds.Count > 1) throw new KitException($"These runs cannot stand in one table, for they are of different tasks or splits: {string.Join(", ", kinds)}. Compare them apart.");
        return new([.. results.GroupBy(r => r.Name).Select(g => new RunGroup(g.Key, [.. g.OrderBy(r => r.Seed)]))]);
    }

    /// <summary>A paired test of two groups over the seeds they share, or null when they share none or a run lacks the metric.</summary>
    public static PairedTest? Test(RunGroup first, RunGroup second, string metric)
    {
        var pairs = first.Runs.Join(second.Runs, a => a.Seed, b => b.Seed, (a, b) => (a, b))
            .Where(p => p.a.Metrics.ContainsKey(metric) && p.b.Metrics.ContainsKey(metric)).ToList();
        return pairs.Count == 0 ? null : PairedTest.Of([.. pairs.Select(p => p.a.Metrics[metric])], [.. pairs.Select(p => p.b.Metrics[metric])]);
    }
}
