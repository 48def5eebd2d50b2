namespace ResearchKit.Runs.Sweeps;

/// <summary>What failed.</summary>
/// <param name="What">A run, or the choice of a stage.</param>
/// <param name="Reason">What it said.</param>
public sealed record SweepFailure(string What, string Reason);

/// <summary>What came of a sweep.</summary>
/// <param name="Choices">What each stage's grid has shown; null where it could not be run to its end.</param>
/// <param name="Failures">What failed, mostly runs; what depends on them was not begun.</param>
public sealed record SweepOutcome(IReadOnlyList<SweepChoice?> Choices, IReadOnlyList<SweepFailure> Failures)
{
    /// <summary>True when every run is there.</summary>
    public bool IsComplete => Failures.Count == 0;
}

/// <summary>Runs what is not there yet of a sweep: each run as soon as what it depends on is known, so many at a time.</summary>
public sealed class SweepExecution
{
    private readonly SweepPlan _plan;
    private readonly ISweepRunner _runner;
    private readonly IRunObserver _observer;
    private readonly CancellationToken _stop;
    private readonly SemaphoreSlim _gate;
    private readonly SweepChoice?[] _choices;
    private readonly List<SweepFailure> _failures = [];
    private readonly int _total;
    private int _begun;

    private SweepExecution(SweepPlan plan, ISweepRunner runner, IRunObserver observer, CancellationToken stop)
    {
        (_plan, _runner, _observer, _stop) = (plan, runner, new OneAtATime(observer), stop);
        _gate = new(plan.Jobs);
        _choices = new SweepChoice?[plan.Stages.Count];
        var survey = SweepSurvey.Of(plan);   // and refuses a folder that holds another run before anything begins
        _total = survey.Runs.Count - survey.Done;
    }

    /// <summary>Runs it to its end, or as far as it goes when runs fail. Complete runs are taken as they are, begun ones go on.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop, and every run in progress has left a checkpoint.</exception>
    /// <exception cref="KitException">A folder of the sweep holds a run of another recipe.</exception>
    public static SweepOutcome Run(SweepPlan plan, ISweepRunner runner, IRunObserver? observer = null, CancellationToken stop = default)
    {
        var outcome = new SweepExecution(plan, runner, observer ?? NoObserver.Instance, stop).Run().GetAwaiter().GetResult();
        if (outcome.IsComplete) SweepSummary.Of(plan, outcome.Choices).Save(Path.Combine(plan.Folder, SweepSummary.FileName));
        return outcome;
    }

    private async Task<SweepOutcome> Run()
    {
        if (_plan.Teacher is null || await Do(_plan.Teacher))
        {
            var choices = new Task[_plan.Stages.Count];
            List<Task> all = [];
            for (int i = 0; i < choices.Length; i++)
            {
                choices[i] = Choose(i, [.. _plan.Needs(i).Select(n => choices[n])]);
                all.Add(Finish(i, choices[i]));
            }
            await Task.WhenAll(all);
        }
        return new(_choices, _failures);
    }

    private async Task Choose(int stage, Task[] needs)
    {
        await Task.WhenAll(needs);
        if (_plan.Needs(stage).Any(n => _choices[n] is null)) return;
        if (!await DoAll(_plan.Grid(stage, _choices))) return;
        try { _choices[stage] = _plan.Choose(stage, _choices); }
        catch (KitException e) { Fail($"the choice of '{_plan.Stages[stage].Name}'", e); }
    }

    private async Task Finish(int stage, Task choice)
    {
        await choice;
        if (_choices[stage] is not null) await DoAll(_plan.Final(stage, _choices));
    }

    private async Task<bool> DoAll(IEnumerable<SweepRun> runs) => (await Task.WhenAll(runs.Select(Do))).All(done => done);

    private async Task<bool> Do(SweepRun run)
    {
        await _gate.WaitAsync(_stop);
        try
        {
            if (run.IsComplete) return true;
            _stop.ThrowIfCancellationRequested();
            _observer.Begin($"run {Interlocked.Increment(ref _begun)} of {_total}: {run.Title}");
            await _runner.Run(run, _observer, _stop);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Fail(run.Title, e);
            return false;
        }
        finally { _gate.Release(); }
    }

    private void Fail(string what, Exception e)
    {
        var reason = e is KitException ? e.Message : $"{e.GetType().Name}: {e.Message}";
        _observer.Say($"{what} failed: {reason}");
        lock (_failures) _failures.Add(new(what, reason));
    }

    private sealed class OneAtATime(IRunObserver inner) : IRunObserver
    {
        private readonly Lock _lock = new();

        public void Begin(string title) { lock (_lock) inner.Begin(title); }

        public void Step(Training.TrainStep step) { lock (_lock) inner.Step(step); }

        public void Complete(RunResults results) { lock (_lock) inner.Complete(results); }

        public void Say(string remark) { lock (_lock) inner.Say(remark); }
    }
}
