using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Formatting;

namespace Microsoft.DotNet.Interactive.Events;

/// <summary>Something that came of a command.</summary>
public abstract class KernelEvent
{
    protected KernelEvent(KernelCommand command) => Command = command ?? throw new ArgumentNullException(nameof(command));

    public KernelCommand Command { get; }
}

public abstract class DisplayEvent : KernelEvent
{
    protected DisplayEvent(object? value, KernelCommand command, IReadOnlyCollection<FormattedValue>? formattedValues = null, string? valueId = null) : base(command)
    {
        Value = value;
        FormattedValues = formattedValues ?? [];
        ValueId = valueId;
    }

    public object? Value { get; }

    public IReadOnlyCollection<FormattedValue> FormattedValues { get; }

    public string? ValueId { get; }
}

public class DisplayedValueProduced(object? value, KernelCommand command, IReadOnlyCollection<FormattedValue>? formattedValues = null, string? valueId = null)
    : DisplayEvent(value, command, formattedValues, valueId);

public class DisplayedValueUpdated(object? value, string valueId, KernelCommand command, IReadOnlyCollection<FormattedValue>? formattedValues = null)
    : DisplayEvent(value, command, formattedValues, valueId);

public class CommandSucceeded(KernelCommand command) : KernelEvent(command);

public class CommandFailed : KernelEvent
{
    public CommandFailed(Exception? exception, KernelCommand command, string? message = null) : base(command)
    {
        Exception = exception;
        Message = message ?? exception?.ToString() ?? "";
    }

    public Exception? Exception { get; }

    public string Message { get; set; }
}
