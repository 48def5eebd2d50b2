using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace Microsoft.DotNet.Interactive;

/// <summary>One command under way: whoever runs below it finds it in <see cref="Current"/> and publishes events on it.</summary>
public class KernelInvocationContext : IDisposable
{
    private static readonly AsyncLocal<KernelInvocationContext?> Ambient = new();
    private readonly EventStream _events = new();
    private readonly CancellationTokenSource _cancellation;
    private readonly Lock _gate = new();

    internal KernelInvocationContext(KernelCommand command, Kernel kernel, CancellationToken cancellation)
    {
        Command = command;
        HandlingKernel = kernel;
        Result = new(command);
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Ambient.Value = this;
    }

    public static KernelInvocationContext? Current => Ambient.Value;

    public KernelCommand Command { get; }

    public Kernel HandlingKernel { get; }

    public KernelCommandResult Result { get; }

    public bool IsComplete { get; private set; }

    public CancellationToken CancellationToken => _cancellation.IsCancellationRequested ? new CancellationToken(true) : _cancellation.Token;

    public IObservable<KernelEvent> KernelEvents => _events;

    public void Publish(KernelEvent @event)
    {
        lock (_gate)
        {
            if (IsComplete) return;
            Result.Add(@event);
            _events.Publish(@event);
        }
    }

    public void Complete(KernelCommand command) => End(new CommandSucceeded(command));

    public void Fail(KernelCommand command, Exception? exception = null, string? message = null) => End(new CommandFailed(exception, command, message));

    private void End(KernelEvent last)
    {
        lock (_gate)
        {
            Publish(last);
            IsComplete = true;
        }
    }

    public void Dispose()
    {
        if (Ambient.Value == this) Ambient.Value = null;
        Complete(Command);
        _cancellation.Dispose();
    }
}

public static class KernelInvocationContextExtensions
{
    public static DisplayedValue Display(this KernelInvocationContext context, object? value, params string[] mimeTypes) =>
        context.Show(new DisplayedValue(value, FormattedValue.CreateManyFromObject(value, mimeTypes)));

    public static DisplayedValue DisplayAs(this KernelInvocationContext context, string value, string mimeType) =>
        context.Show(new DisplayedValue(value, [new FormattedValue(mimeType, value)]));

    internal static DisplayedValue Show(this KernelInvocationContext context, DisplayedValue shown)
    {
        context.Publish(shown.IsUpdated
            ? new DisplayedValueUpdated(shown.Value, shown.DisplayId, context.Command, shown.FormattedValues)
            : new DisplayedValueProduced(shown.Value, context.Command, shown.FormattedValues, shown.DisplayId));
        return shown;
    }
}
