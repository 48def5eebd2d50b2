using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace Microsoft.DotNet.Interactive;

/// <summary>Handles commands one after another and tells what came of them.</summary>
public abstract class Kernel : IDisposable
{
    private readonly EventStream _events = new();
    private readonly SemaphoreSlim _turn = new(1);

    static Kernel() => Formatter.SubscribeToDisplayedValues(shown =>
    {
        if (KernelInvocationContext.Current is { } context) context.Show(shown);
        else Formatter.WriteToConsole(shown);
    });

    protected Kernel(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ArgumentException("Value cannot be null or whitespace.", nameof(name));
        Name = name;
    }

    public static Kernel? Current => KernelInvocationContext.Current?.HandlingKernel;

    public string Name { get; }

    public IObservable<KernelEvent> KernelEvents => _events;

    public static DisplayedValue display(object? value, params string[] mimeTypes) => value.Display(mimeTypes);

    public static IHtmlContent HTML(string content) => content.ToHtmlContent();

    public async Task<KernelCommandResult> SendAsync(KernelCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var context = new KernelInvocationContext(command, this, cancellationToken);
            using var _ = context.KernelEvents.Subscribe(new Relay(_events));
            try
            {
                await command.InvokeAsync(context);
                context.Complete(command);
            }
            catch (Exception e)
            {
                context.Fail(command, e);
            }
            return context.Result;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    public override string ToString() => $"{GetType().Name}: {Name}";

    private sealed class Relay(EventStream events) : IObserver<KernelEvent>
    {
        public void OnNext(KernelEvent value) => events.Publish(value);
        public void OnError(Exception error) { }
        public void OnCompleted() { }
    }
}
