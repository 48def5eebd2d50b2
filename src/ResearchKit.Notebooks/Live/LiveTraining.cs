using Microsoft.DotNet.Interactive.Formatting;
using ResearchKit.Runs;
using ResearchKit.Training;

namespace ResearchKit.Notebooks.Live;

/// <summary>
/// Shows a run below its cell while it trains, in place: a bar, the loss terms with their recent course, the rate, the speed and what
/// is left. At most two updates a second, so that watching costs nothing; what stays at the end is one line.
/// </summary>
public sealed class LiveTraining : IRunObserver
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    private readonly Func<string, Action<string>> _show;
    private readonly TimeProvider _time;
    private Action<string>? _update;
    private LiveState _state = new("");
    private long _shown;

    /// <summary>Shows in the notebook that the cell runs in.</summary>
    public LiveTraining() : this(ShowInNotebook, TimeProvider.System) { }

    /// <summary>Shows elsewhere.</summary>
    /// <param name="show">Shows HTML, and returns what replaces it.</param>
    /// <param name="time">Tells the time.</param>
    internal LiveTraining(Func<string, Action<string>> show, TimeProvider time) => (_show, _time) = (show, time);

    /// <inheritdoc/>
    public void Begin(string title)
    {
        _state = new(title) { Remark = _state.Remark };
        Refresh(now: true);
    }

    /// <inheritdoc/>
    public void Step(TrainStep step)
    {
        _state.Add(step);
        Refresh(now: step.Number == step.Total || step.Evaluation is not null);
    }

    /// <inheritdoc/>
    public void Say(string remark)
    {
        _state.Remark = remark;
        Refresh(now: true);
    }

    /// <inheritdoc/>
    public void Complete(RunResults results)
    {
        Show(LiveHtml.Summary(results, already: _update is null));
        (_update, _state) = (null, new(""));   // another run is shown below this one
    }

    /// <summary>Shows a stream of steps on its way: <c>foreach (var step in new LiveTraining().Watch(trainer.Run(), "mine")) …</c></summary>
    /// <param name="steps">The steps.</param>
    /// <param name="title">Above the bar.</param>
    public IEnumerable<TrainStep> Watch(IEnumerable<TrainStep> steps, string title)
    {
        Begin(title);
        foreach (var step in steps)
        {
            Step(step);
            yield return step;
        }
    }

    private void Refresh(bool now)
    {
        if (!now && _time.GetElapsedTime(_shown) < Pause) return;
        _shown = _time.GetTimestamp();
        Show(LiveHtml.Of(_state));
    }

    private void Show(string html)
    {
        if (_update is null) _update = _show(html);
        else _update(html);
    }

    private static Action<string> ShowInNotebook(string html)
    {
        var shown = html.ToHtmlContent().Display(HtmlFormatter.MimeType);
        return newer => shown.Update(newer.ToHtmlContent());
    }
}
