using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using ResearchKit.Notebooks.Documents;

namespace ResearchKit.Notebooks.Running;

/// <summary>
/// What .NET Interactive sees of the session. A value finds its way out of a cell over the command that is being handled, so each piece of
/// code is handled as one: <c>display</c>, <c>DisplayAs</c>, <c>DisplayedValue.Update</c> and <c>KernelInvocationContext.Current</c> then work as in any
/// engine. The command carries its own handler, so that no engine parses the code for commands of its own.
/// </summary>
internal sealed class CellKernel() : Kernel("csharp")
{
    private readonly HashSet<string> _shown = [];

    /// <summary>Runs an action inside a command; what it displays goes to the sink.</summary>
    public async Task Handle(Func<Task> action, ICellSink sink)
    {
        var result = await SendAsync(new RunCell
        {
            Handler = async (_, context) =>
            {
                using var listening = context.KernelEvents.Subscribe(new Listener(produced => Forward(produced, sink)));
                await action();
            },
        });
        if (result.Events.OfType<CommandFailed>().FirstOrDefault() is { } failed)
            throw new InvalidOperationException($"The session failed outside of the cell's code: {failed.Message}", failed.Exception);
    }

    private void Forward(KernelEvent produced, ICellSink sink)
    {
        if (produced is not DisplayEvent { FormattedValues.Count: > 0 } shown) return;
        var content = MimeBundle.Of(shown.FormattedValues);
        // An update of what was never shown under that name is shown as new: not every release keeps the name it gave out first.
        bool known = shown.ValueId is not null && !_shown.Add(shown.ValueId);
        if (shown is DisplayedValueUpdated && known) sink.Update(content, shown.ValueId!);
        else if (shown is DisplayedValueUpdated or DisplayedValueProduced) sink.Display(content, shown.ValueId);
    }

    private sealed class RunCell : KernelCommand;

    private sealed class Listener(Action<KernelEvent> heard) : IObserver<KernelEvent>
    {
        public void OnNext(KernelEvent value) => heard(value);
        public void OnError(Exception error) => throw error;
        public void OnCompleted() { } // the command's end is awaited
    }
}
