namespace ResearchKit.Runs.Sweeps;

/// <summary>How one run of a sweep is carried out.</summary>
public interface ISweepRunner
{
    /// <summary>Begins the run or goes on with it, and ends with its results in its folder and told to the observer.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop, and has left a checkpoint.</exception>
    /// <exception cref="KitException">It failed; the message says how.</exception>
    Task Run(SweepRun run, IRunObserver observer, CancellationToken stop);
}

/// <summary>In this process, on the caller's thread: one after another.</summary>
public sealed class InProcessRunner : ISweepRunner
{
    /// <inheritdoc/>
    public Task Run(SweepRun run, IRunObserver observer, CancellationToken stop)
    {
        Experiment.Run(run.Recipe, run.Folder, resume: run.IsBegun, observer, stop);
        return Task.CompletedTask;
    }
}
