using ResearchKit.Training;

namespace ResearchKit.Runs;

/// <summary>Who watches a run: a progress bar, plain lines, a live chart. Watching changes nothing.</summary>
public interface IRunObserver
{
    /// <summary>Something begins that takes a while: a run, reading data, training a tokenizer.</summary>
    void Begin(string title) { }

    /// <summary>One optimizer step is done.</summary>
    void Step(TrainStep step) { }

    /// <summary>A run is complete.</summary>
    void Complete(RunResults results) { }

    /// <summary>A remark worth a line: what was skipped, what was resumed.</summary>
    void Say(string remark) { }
}

/// <summary>Watches nothing.</summary>
public sealed class NoObserver : IRunObserver
{
    /// <summary>The one there need be.</summary>
    public static NoObserver Instance { get; } = new();
}
