namespace ResearchKit.Runs.Sweeps;

/// <summary>How far a run of a sweep is.</summary>
public enum SweepRunStage
{
    /// <summary>Its recipe is not known before an earlier grid is complete.</summary>
    Waits,

    /// <summary>Nothing of it stands.</summary>
    Ready,

    /// <summary>Something of it stands; it goes on.</summary>
    Begun,

    /// <summary>Its results are there.</summary>
    Done,
}

/// <summary>One run of a sweep, as its folder shows it.</summary>
/// <param name="Stage">The stage's name, or <c>teacher</c>.</param>
/// <param name="Name">The point of the grid, or the seed.</param>
/// <param name="State">How far it is.</param>
/// <param name="Value">The metric that the sweep selects by, where the run is complete and has it.</param>
/// <param name="Chosen">Whether it is the best point of a complete grid.</param>
public sealed record SweepRunState(string Stage, string Name, SweepRunStage State, double? Value, bool Chosen);

/// <summary>What a sweep's folder holds of its plan; looking changes nothing.</summary>
/// <param name="Runs">Every run of the sweep, in the order of its stages.</param>
/// <param name="Choices">What each stage's grid has shown; null while that is not known.</param>
public sealed record SweepSurvey(IReadOnlyList<SweepRunState> Runs, IReadOnlyList<SweepChoice?> Choices)
{
    /// <summary>Runs that are there already.</summary>
    public int Done => Runs.Count(r => r.State == SweepRunStage.Done);

    /// <summary>Looks.</summary>
    /// <exception cref="KitException">A folder of the sweep holds a run of another recipe, or a grid has not the metric to select by.</exception>
    public static SweepSurvey Of(SweepPlan plan)
    {
        var choices = new SweepChoice?[plan.Stages.Count];
        List<SweepRunState> runs = [];
        if (plan.Teacher is { } teacher) runs.Add(State(teacher, "teacher", Seed(teacher.Recipe.Train.Seeds.Initialisation)));
        for (int i = 0; i < choices.Length; i++)
        {
            var (stage, points) = (plan.Stages[i].Name, plan.Points(i));
            bool known = plan.Needs(i).All(n => choices[n] is not null);
            List<SweepRunState> grid = known
                ? [.. plan.Grid(i, choices).Zip(points, (run, point) => State(run, stage, point.Name))]
                : [.. points.Select(p => new SweepRunState(stage, p.Name, SweepRunStage.Waits, null, false))];
            if (known && grid.All(r => r.State == SweepRunStage.Done)) choices[i] = plan.Choose(i, choices);
            runs.AddRange(grid.Zip(points, (run, point) => run with { Chosen = choices[i]?.Best == point }));
            runs.AddRange(choices[i] is null
                ? plan.Sweep.Seeds.Select(s => new SweepRunState(stage, Seed(s), SweepRunStage.Waits, null, false))
                : plan.Final(i, choices).Zip(plan.Sweep.Seeds, (run, seed) => State(run, stage, Seed(seed))));
        }
        return new(runs, choices);

        string Seed(int seed) => $"seed {seed}";

        SweepRunState State(SweepRun run, string stage, string name)
        {
            bool done = run.IsComplete;
            double? value = done && run.Folder.Results().Metrics.TryGetValue(plan.Sweep.Select.Metric, out double metric) ? metric : null;
            return new(stage, name, done ? SweepRunStage.Done : run.IsBegun ? SweepRunStage.Begun : SweepRunStage.Ready, value, false);
        }
    }
}
