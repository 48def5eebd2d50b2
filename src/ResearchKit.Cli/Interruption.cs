using System.Runtime.InteropServices;

namespace ResearchKit.Cli;

/// <summary>
/// The first Ctrl-C (or SIGTERM, which schedulers send) asks the work to end at a good place; a second one ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Begins to listen.</summary>
    /// <param name="error">Where the request is acknowledged.</param>
    /// <param name="answer">What is being done about it.</param>
    public Interruption(TextWriter error, string answer = "finishing this step and writing a checkpoint")
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            if (_source.IsCancellationRequested) return;
            context.Cancel = true;
            error.WriteLine($"kit: {answer}; Ctrl-C again ends at once.");
            _source.Cancel();
        }))];
    }

    /// <summary>Cancelled by the first request.</summary>
    public CancellationToken Requested => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }
}
