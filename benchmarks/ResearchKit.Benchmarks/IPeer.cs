namespace ResearchKit.Benchmarks;

/// <summary>What a workload is timed beside: the same in PyTorch, or another workload of the kit.</summary>
public interface IPeer : IDisposable
{
    /// <summary>What it is, in words.</summary>
    string Name { get; }

    /// <summary>Its largest resident memory so far, where it is a process of its own; else 0.</summary>
    long PeakBytes { get; }

    /// <summary>Runs steps and returns the milliseconds of each.</summary>
    double[] Run(int steps);
}

/// <summary>Another workload of the kit, in this process.</summary>
/// <param name="workload">The workload, which goes with this.</param>
public sealed class KitPeer(Workload workload) : IPeer
{
    /// <inheritdoc/>
    public string Name => workload.Name;

    /// <inheritdoc/>
    public long PeakBytes => 0;

    /// <inheritdoc/>
    public double[] Run(int steps) => StepComparison.Time(workload, steps);

    /// <inheritdoc/>
    public void Dispose() => workload.Dispose();
}
