namespace Microsoft.DotNet.Interactive.Formatting;

public static partial class Formatter
{
    private static event Action<DisplayedValue>? Shown;

    public static IDisposable SubscribeToDisplayedValues(Action<DisplayedValue> onEvent)
    {
        Shown += onEvent;
        return new Subscription(onEvent);
    }

    public static void WriteToConsole(DisplayedValue displayedValue)
    {
        var formatted = displayedValue.FormattedValues.FirstOrDefault(value => value.MimeType == PlainTextFormatter.MimeType) ?? displayedValue.FormattedValues.FirstOrDefault();
        if (formatted?.Value is { } text) Console.WriteLine(text);
    }

    internal static void Show(DisplayedValue displayed) => (Shown ?? WriteToConsole)(displayed);

    private sealed class Subscription(Action<DisplayedValue> handler) : IDisposable
    {
        public void Dispose() => Shown -= handler;
    }
}
