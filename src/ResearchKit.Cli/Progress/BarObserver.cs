using ResearchKit.Runs;
using ResearchKit.Training;
using Spectre.Console;

namespace ResearchKit.Cli.Progress;

/// <summary>Progress for someone who watches: one bar for what is being done, and a line above it for what is done.</summary>
internal sealed class BarObserver(IAnsiConsole console, ProgressContext context) : IRunObserver
{
    private readonly StepText _text = new();
    private ProgressTask? _task;
    private string _title = "";

    /// <inheritdoc/>
    public void Begin(string title)
    {
        End();
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
        End();
        console.MarkupLineInterpolated($"{results.Name}, seed {results.Seed}: {Format.Metrics(results.Metrics)} ({Format.Duration(results.TrainingSeconds)})");
    }

    /// <inheritdoc/>
    public void Say(string remark) => console.MarkupLineInterpolated($"[grey]{remark}[/]");

    private void End()
    {
        if (_task is null) return;
        _task.IsIndeterminate = false;
        _task.Value = _task.MaxValue;   // what is complete is hidden
        _task.StopTask();
        _task = null;
    }
}
