using ResearchKit.Runs;
using ResearchKit.Training;

namespace ResearchKit.Cli.Progress;

/// <summary>Progress for a pipe or a log: a line now and then, and one for every evaluation.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="clock">Tells when a line is due.</param>
internal sealed class LineObserver(TextWriter output, TimeProvider clock) : IRunObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly StepText _text = new();
    private long _last;

    /// <inheritdoc/>
    public void Begin(string title)
    {
        _text.Restart();
        _last = clock.GetTimestamp();
        output.WriteLine($"== {title}");
    }

    /// <inheritdoc/>
    public void Step(TrainStep step)
    {
        _text.Add(step);
        bool due = step.Number == 1 || step.Number == step.Total || step.Evaluation is not null || clock.GetElapsedTime(_last) >= Interval;
        if (!due) return;
        _last = clock.GetTimestamp();
        output.WriteLine($"step {step.Number}/{step.Total}  {_text.Describe(step)}  {_text.Remaining(step)}");
        if (step.Evaluation is { } metrics) output.WriteLine($"  evaluation  {Format.Metrics(metrics)}");
        output.Flush();
    }

    /// <inheritdoc/>
    public void Complete(RunResults results) => output.WriteLine($"-- {results.Name}, seed {results.Seed}: {Format.Metrics(results.Metrics)} ({Format.Duration(results.TrainingSeconds)})");

    /// <inheritdoc/>
    public void Say(string remark) => output.WriteLine($"   {remark}");
}
