namespace ResearchKit.Runs.Sweeps;

/// <summary>How far a stage is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Points">Points of its grid.</param>
/// <param name="PointsDone">Of these complete.</param>
/// <param name="Seeds">Runs of its best point.</param>
/// <param name="SeedsDone">Of these complete.</param>
/// <param name="Choice">What its grid has shown; null while that is not known.</param>
public sealed record SweepStageState(string Name, int Points, int PointsDone, int Seeds, int SeedsDone, SweepChoice? Choice);

/// <summary>What a sweep's folder holds of its plan; looking changes nothing.</summary>
/// <param name="Teacher">The teacher's run, where the sweep trains one.</param>
/// <param name="TeacherDone">Whether it is complete.</param>
/// <param name="Stages">The stages.</param>
/// <param name="Begun">Runs begun and not complete.</param>
public sealed record SweepSurvey(SweepRun? Teacher, bool TeacherDone, IReadOnlyList<SweepStageState> Stages, int Begun)
{
    /// <summary>Runs of the whole sweep.</summary>
    public int Runs => (Teacher is null ? 0 : 1) + Stages.Sum(s => s.Points + s.Seeds);

    /// <summary>Complete ones.</summary>
    public int Done => (TeacherDone ? 1 : 0) + Stages.Sum(s => s.PointsDone + s.SeedsDone);

    /// <summary>Looks. Runs of a stage that waits for another's choice are not known yet, and count as not done.</summary>
    /// <exception cref="KitException">A folder of the sweep holds a run of another recipe.</exception>
    public static SweepSurvey Of(SweepPlan plan)
    {
        int begun = 0;
        bool teacher = plan.Teacher is not null && IsDone(plan.Teacher);
        var choices = new SweepChoice?[plan.Stages.Count];
        var stages = new List<SweepStageState>();
        for (int i = 0; i < choices.Length; i++)
        {
            int points = 0, seeds = 0;
            if (plan.Needs(i).All(n => choices[n] is not null))
            {
                points = plan.Grid(i, choices).Count(IsDone);
                if (points == plan.Points(i).Count) choices[i] = plan.Choose(i, choices);
                if (choices[i] is not null) seeds = plan.Final(i, choices).Count(IsDone);
            }
            stages.Add(new(plan.Stages[i].Name, plan.Points(i).Count, points, plan.Sweep.Seeds.Length, seeds, choices[i]));
        }
        return new(plan.Teacher, teacher, stages, begun);

        bool IsDone(SweepRun run)
        {
            if (run.IsComplete) return true;
            if (run.IsBegun) begun++;
            return false;
        }
    }

    /// <summary>What each stage has shown; null while that is not known.</summary>
    public IReadOnlyList<SweepChoice?> Choices => [.. Stages.Select(s => s.Choice)];
}
