using ResearchKit.Evaluation;
using ResearchKit.Runs.Sweeps;

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
    /// <exception cref="KitException">A run is not complete, or as <see cref="OfResults(IEnumerable{RunResults})"/>.</exception>
    public static Comparison Of(IEnumerable<RunFolder> folders) => Of(folders.Select(f => (f.Path, Read: (Func<RunResults>)f.Results)));

    /// <summary>Reads runs from files: a run folder, a file of results, or a folder into which a sweep has collected such files.</summary>
    /// <exception cref="KitException">There are no results there, or as <see cref="OfResults(IEnumerable{RunResults})"/>.</exception>
    public static Comparison OfResults(IEnumerable<string> paths) => Of(paths.SelectMany(Places));

    /// <summary>Lays results side by side.</summary>
    /// <exception cref="KitException">No results given; results of different tasks or splits, which no table may mix; or two of one recipe and one seed, which
    /// are not two seeds.</exception>
    public static Comparison OfResults(IEnumerable<RunResults> results) => Of(results.Select((r, i) => ($"result {i + 1}", (Func<RunResults>)(() => r))));

    private static Comparison Of(IEnumerable<(string Path, Func<RunResults> Read)> places)
    {
        // A folder that two patterns name is one run, not two.
        var read = places.DistinctBy(p => Path.TrimEndingDirectorySeparator(Path.GetFullPath(p.Path))).Select(p => (p.Path, Results: p.Read())).ToList();
        if (read.Count == 0) throw new KitException("There are no runs to compare: give at least one run folder.");
        var kinds = read.Select(r => $"{r.Results.Task} ({r.Results.Split})").Distinct().ToList();
        if (kinds.Count > 1) throw new KitException($"These runs cannot stand in one table, for they are of different tasks or splits: {string.Join(", ", kinds)}. Compare them apart.");
        if (read.GroupBy(r => (r.Results.Name, r.Results.Seed)).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new KitException($"{string.Join(" and ", same.Select(r => r.Path))} are all '{same.Key.Name}' with seed {same.Key.Seed}, and a table would count them as as many seeds. "
                + "Leave all but one out; or, where their recipes differ, run them under names of their own (--set name=…).");
        return new([.. read.Select(r => r.Results).GroupBy(r => r.Name).Select(g => new RunGroup(g.Key, [.. g.OrderBy(r => r.Seed)]))]);
    }

    private static IEnumerable<(string Path, Func<RunResults> Read)> Places(string path)
    {
        if (File.Exists(path)) return [(path, () => RunResults.Load(path))];
        var run = new RunFolder(path);
        bool collected = !run.IsBegun && !run.IsComplete && File.Exists(Path.Combine(path, SweepSummary.FileName));
        return collected ? SweepSummary.Collected(path).Select(file => (file, (Func<RunResults>)(() => RunResults.Load(file)))) : [(path, run.Results)];
    }

    /// <summary>The group of a name.</summary>
    /// <exception cref="KitException">There is none; the message lists those that there are.</exception>
    public RunGroup Group(string name)
    {
        if (Groups.FirstOrDefault(g => g.Name == name) is { } group) return group;
        var nearest = Nearest.To(name, Groups.Select(g => g.Name));
        throw new KitException($"There is no '{name}' among the compared.{(nearest is null ? "" : $" Did you mean '{nearest}'?")} There are {string.Join(", ", Groups.Select(g => g.Name))}.");
    }

    /// <summary>A paired test of two groups over the seeds they share, or null when they share none or a run lacks the metric.</summary>
    public static PairedTest? Test(RunGroup first, RunGroup second, string metric)
    {
        var pairs = first.Runs.Join(second.Runs, a => a.Seed, b => b.Seed, (a, b) => (a, b))
            .Where(p => p.a.Metrics.ContainsKey(metric) && p.b.Metrics.ContainsKey(metric)).ToList();
        return pairs.Count == 0 ? null : PairedTest.Of([.. pairs.Select(p => p.a.Metrics[metric])], [.. pairs.Select(p => p.b.Metrics[metric])]);
    }
}
