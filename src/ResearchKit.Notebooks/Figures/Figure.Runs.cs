using ResearchKit.Runs;
using ResearchKit.Training;
using GenericChart = Plotly.NET.GenericChart;

namespace ResearchKit.Notebooks.Figures;

// What happened during training, from the runs' logs.
public static partial class Figure
{
    private const int Points = 60;

    /// <summary>The loss terms over the steps, a panel for each term under its symbol; seeds of one recipe are one line.</summary>
    /// <param name="runs">Run folders, complete or still training.</param>
    /// <exception cref="KitException">A run has no log, or nothing is logged yet.</exception>
    public static GenericChart LearningCurves(params IEnumerable<RunFolder> runs)
    {
        const string title = "Learning curves";
        var groups = Logged(runs, title);
        var panels = groups.SelectMany(g => g.Logs).SelectMany(l => l.Steps).SelectMany(s => s.Terms.Keys).Distinct().Select(term => new Panel(
            Style.Symbol(term),
            [.. groups.Where(g => g.Logs.All(l => l.Steps.Any(s => s.Terms.ContainsKey(term))))
                .Select(g => g.Course(steps => Averages(steps, s => s.Terms.GetValueOrDefault(term, double.NaN))))],
            new Axis("optimizer step", "~s"), new Axis($"{Style.Symbol(term)}, unweighted"))).ToList();
        Require(panels.Count > 0, title, "no step has been logged yet");
        int stretch = groups.SelectMany(g => g.Logs).Max(l => Stretch(l.Steps));
        return Panels(panels, title, "Each loss term under its paper's symbol, before weighting"
            + $"{(stretch > 1 ? $"; each point is the mean over {stretch} steps" : "")}. {Seeds(groups)}");
    }

    /// <summary>A validation metric over the steps, with a band over the seeds.</summary>
    /// <param name="metric">As the log names it: <c>accuracy</c>, <c>loss</c>.</param>
    /// <param name="runs">Run folders, complete or still training.</param>
    /// <exception cref="KitException">No run has measured this metric.</exception>
    public static GenericChart ValidationCurves(string metric, params IEnumerable<RunFolder> runs)
    {
        string title = $"Validation {metric}";
        var groups = Logged(runs, title);
        var series = groups.Select(g => g.Course(steps => steps.Where(s => s.Evaluation?.ContainsKey(metric) == true)
            .ToDictionary(s => (double)s.Number, s => s.Evaluation![metric]))).ToList();
        var known = groups.SelectMany(g => g.Logs).SelectMany(l => l.Steps).SelectMany(s => s.Evaluation?.Keys ?? []).Distinct();
        Require(series.Any(s => s.HasPoints), title, $"no run has measured '{metric}'; measured are {string.Join(", ", known)}");
        return Lines(series, title, $"Measured on the validation split during training. {Seeds(groups)}", new Axis("optimizer step", "~s"), MetricAxis(metric));
    }

    /// <summary>The learning rate over the steps.</summary>
    /// <param name="runs">Run folders.</param>
    /// <exception cref="KitException">A run has no log, or nothing is logged yet.</exception>
    public static GenericChart LearningRate(params IEnumerable<RunFolder> runs)
    {
        const string title = "Learning rate";
        var groups = Logged(runs, title);
        return Lines([.. groups.Select(g => g.Course(steps => steps.ToDictionary(s => (double)s.Number, s => s.LearningRate)))], title,
            "What the schedule gave each optimizer step.", new Axis("optimizer step", "~s"), new Axis("learning rate", "~g", FromZero: true));
    }

    private sealed record Log(RunFolder Run, Recipe Recipe, IReadOnlyList<TrainStep> Steps);

    private sealed record LogGroup(string Name, Look Look, IReadOnlyList<Log> Logs)
    {
        public Series Course(Func<IReadOnlyList<TrainStep>, IReadOnlyDictionary<double, double>> course) =>
            Series.OverSeeds(Name, Look, [.. Logs.Select(l => course(l.Steps))]);
    }

    private static IReadOnlyList<LogGroup> Logged(IEnumerable<RunFolder> runs, string title)
    {
        var logs = runs.Select(run => new Log(run, run.Recipe(), MetricsLog.Read(run.MetricsFile))).ToList();
        Require(logs.Any(l => l.Steps.Count > 0), title, "no step has been logged yet");
        var teachers = logs.Select(l => l.Recipe.Teacher).OfType<string>().Select(Path.GetFullPath).ToHashSet();
        var names = logs.GroupBy(l => l.Recipe.Name).ToList();
        var looks = Palette.Of([.. names.Select(g => (g.First().Recipe.MethodName, g.Key, g.Any(l => teachers.Contains(Path.GetFullPath(l.Run.Path)))))]);
        return [.. names.Select((g, i) => new LogGroup(g.Key, looks[i], [.. g]))];
    }

    // Single steps are noise: means over equal stretches, at the stretch's last step.
    private static Dictionary<double, double> Averages(IReadOnlyList<TrainStep> steps, Func<TrainStep, double> value) =>
        steps.Chunk(Stretch(steps)).ToDictionary(part => (double)part[^1].Number, part => part.Average(value));

    private static int Stretch(IReadOnlyList<TrainStep> steps) => Math.Max(1, (steps.Count + Points - 1) / Points);

    private static string Seeds(IReadOnlyList<LogGroup> groups) => groups.Any(g => g.Logs.Count >= 3) ? SeedBand
        : groups.Any(g => g.Logs.Count == 2) ? "Lines are means over two seeds." : "One seed each.";

    internal static Axis MetricAxis(string metric) => MetricNames.Unit(metric) switch
    {
        MetricUnit.Nats => new(metric == "teacher kl" ? "KL to the teacher (nats per token)" : metric + " (nats)"),
        MetricUnit.Number => new(metric),
        _ => Axis.Share(metric),
    };
}
