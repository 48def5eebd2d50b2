using System.Globalization;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>Where one value is being written to, and how deep inside another.</summary>
public class FormatContext : IDisposable
{
    private bool _needsStyles;

    public FormatContext(TextWriter writer) => Writer = writer;

    public int Depth { get; internal set; }

    public TextWriter Writer { get; }

    /// <summary>False where only one line may be written: beyond the recursion limit, and in a summary.</summary>
    internal bool AllowRecursion => Depth <= Formatter.RecursionLimit && !OneLine;

    internal bool OneLine { get; set; }

    /// <summary>True right before an item of a list, whose first member is written behind a dash.</summary>
    internal bool AtListItem { get; set; }

    internal static string Collect(Action<FormatContext> write)
    {
        var writer = new StringWriter(CultureInfo.InvariantCulture);
        using (var context = new FormatContext(writer)) write(context);
        return writer.ToString();
    }

    internal void RequireStyles() => _needsStyles = true;

    /// <summary>Writes what was asked for once, at the end: the style sheet of the default HTML.</summary>
    public void Dispose()
    {
        if (_needsStyles) Writer.Write(HtmlText.Styles);
        _needsStyles = false;
    }
}

public delegate bool FormatDelegate<in T>(T value, FormatContext context);
