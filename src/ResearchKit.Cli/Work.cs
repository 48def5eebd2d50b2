using ResearchKit.Cli.Progress;
using ResearchKit.Runs;

namespace ResearchKit.Cli;

/// <summary>Work that takes minutes or days: watched, and ended by Ctrl-C at a good place.</summary>
internal static class Work
{
    /// <summary>Does the work.</summary>
    /// <param name="terminal">Where its progress shows.</param>
    /// <param name="work">The work; asked to stop, it writes a checkpoint and throws <see cref="OperationCanceledException"/>.</param>
    /// <param name="again">The command that goes on with it.</param>
    /// <returns>What came out, or null when it was interrupted.</returns>
    public static T? Watched<T>(Terminal terminal, Func<IRunObserver, CancellationToken, T> work, string again) where T : class
    {
        using var interruption = new Interruption(terminal.Error);
        try
        {
            return ProgressView.Run(terminal, observer => work(observer, interruption.Requested));
        }
        catch (OperationCanceledException) when (interruption.Requested.IsCancellationRequested)
        {
            terminal.Error.WriteLine($"kit: interrupted; nothing is lost. To go on: {again}");
            return null;
        }
    }
}
