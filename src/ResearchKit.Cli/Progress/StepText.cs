using ResearchKit.Training;

namespace ResearchKit.Cli.Progress;

/// <summary>A step in words. Rates are averaged over the last steps, because single ones jump with the lengths of their rows.</summary>
internal sealed class StepText
{
    private const double Memory = 0.95;

    private double _tokens, _seconds, _steps;

    /// <summary>Another training begins.</summary>
    public void Restart() => _tokens = _seconds = _steps = 0;

    /// <summary>Takes a step into the averages.</summary>
    public void Add(TrainStep step)
    {
        _tokens = Memory * _tokens + step.Tokens;
        _seconds = Memory * _seconds + step.Seconds;
        _steps = Memory * _steps + 1;
    }

    /// <summary>Epoch, loss with its terms, rate of learning and speed.</summary>
    public string Describe(TrainStep step)
    {
        var terms = step.Terms.Count > 1 ? $" ({string.Join(", ", step.Terms.Select(t => $"{t.Key} {Format.Number(t.Value)}"))})" : "";
        return $"epoch {step.Epoch:0.00}  loss {Format.Number(step.Loss)}{terms}  lr {step.LearningRate:0.0e-0}  {Speed}";
    }

    /// <summary>What fits beside a bar.</summary>
    public string Brief(TrainStep step) => $"loss {Format.Number(step.Loss)}  {Speed}";

    private string Speed => $"{Format.Count(_tokens / Math.Max(_seconds, 1e-9))} tokens/s";

    /// <summary>What is left, at the speed of the last steps.</summary>
    public string Remaining(TrainStep step) => $"{Format.Duration((step.Total - step.Number) * _seconds / Math.Max(_steps, 1))} left";
}
