using System.Runtime.InteropServices;
using ResearchKit.Runs.Sweeps;

namespace ResearchKit.Cli;

/// <summary>
/// The first Ctrl-C (or SIGTERM, which schedulers send) asks the work to end at a good place; a second one ends the process at once.
/// A job of a sweep leaves the terminal's Ctrl-C to the sweep, and is asked by the end of its input.
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
        bool job = Environment.GetEnvironmentVariable(ProcessRunner.Mark) is { Length: > 0 };
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            if (job && signal == PosixSignal.SIGINT) context.Cancel = true;
            if (context.Cancel || _source.IsCancellationRequested) return;
            context.Cancel = true;
            error.WriteLine($"kit: {answer}; Ctrl-C again ends at once.");
            _source.Cancel();
        }))];
        if (job) new Thread(StopAtEndOfInput) { IsBackground = true }.Start();
    }

    private void StopAtEndOfInput()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0) { }
        try { _source.Cancel(); }
        catch (ObjectDisposedException) { return; }   // the work has ended by itself
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
