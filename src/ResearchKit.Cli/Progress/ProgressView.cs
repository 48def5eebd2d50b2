using ResearchKit.Runs;
using Spectre.Console;

namespace ResearchKit.Cli.Progress;

/// <summary>Chooses the reader of the stream of steps: a bar for someone who watches, plain lines for a pipe.</summary>
internal static class ProgressView
{
    /// <summary>Does the work, on this thread, with someone looking on.</summary>
    public static T Run<T>(Terminal terminal, Func<IRunObserver, T> work)
    {
        if (!terminal.IsLive) return work(new LineObserver(terminal.Output, TimeProvider.System));
        return terminal.Console.Progress()
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new BarObserver(terminal.Console, context)));
    }
}
