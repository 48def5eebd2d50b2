using ResearchKit.Runs;
using ResearchKit.Training;
using Spectre.Console;

namespace ResearchKit.Cli.Progress;

/// <summary>Progress for someone who watches: a bar for each run, with the numbers of the last step.</summary>
internal sealed class BarObserver(IAnsiConsole console, ProgressContext context) : IRunObserver
{
    private readonly StepText _text = new();
    private ProgressTask? _task;
    private string _title = "";

    /// <inheritdoc/>
    public void Begin(string title)
    {
        if (_task is { IsIndeterminate: true }) _task.StopTask();
        _text.Restart();
        _title = title;
        _task = context.AddTask(Markup.Escape(title));
        _task.IsIndeterminate = true;   // until the first step says how many there will be
    }

    /// <inheritdoc/>
    public void Step(TrainStep step)
    {
        if (_task is null) Begin("training");
        _text.Add(step);
        _task!.IsIndeterminate = false;
        _task.MaxValue = step.Total;
        _task.Value = step.Number;
        _task.Description = $"{Markup.Escape(_title)} [grey]{Markup.Escape(_text.Brief(step))}[/]";
        if (step.Evaluation is { } metrics) Say($"step {step.Number}: {Format.Metrics(metrics)}");
    }

    /// <inheritdoc/>
    public void Complete(RunResults results)
    {
        if (_task is null) return;
        _task.Description = $"{Markup.Escape(_title)} [grey]{Markup.Escape(Format.Metrics(results.Metrics))}[/]";
        _task.IsIndeterminate = false;
        _task.Value = _task.MaxValue;
        _task.StopTask();
    }

    /// <inheritdoc/>
    public void Say(string remark) => console.MarkupLineInterpolated($"[grey]{remark}[/]");
}
