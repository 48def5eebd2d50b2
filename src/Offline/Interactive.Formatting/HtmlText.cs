using System.Collections;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Web;
using Microsoft.AspNetCore.Html;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>text/html: scalars as plain text, lists as tables, everything else as a tree that opens and closes.</summary>
internal static class HtmlText
{
    // Lines that end in a blank do so in the package, too.
    public const string Styles = "<style>\n.dni-code-hint {\n    font-style: italic;\n    overflow: hidden;\n    white-space: nowrap;\n}\n"
        + ".dni-treeview {\n    white-space: nowrap;\n}\n.dni-treeview td {\n    vertical-align: top;\n    text-align: start;\n}\n"
        + "details.dni-treeview {\n    padding-left: 1em;\n}\ntable td {\n    text-align: start;\n}\n"
        + "table tr { \n    vertical-align: top; \n    margin: 0em 0px;\n}\n"
        + "table tr td pre \n{ \n    vertical-align: top !important; \n    margin: 0em 0px !important;\n} \n"
        + "table th {\n    text-align: start;\n}\n</style>";

    public static void Write(object? value, FormatContext context)
    {
        switch (value)
        {
            case null:
                WritePlain(Formatter.NullString, context);
                break;
            case IHtmlContent html:
                html.WriteTo(context.Writer, HtmlEncoder.Default);
                break;
            case byte[]:
                context.Writer.Write($"<pre class=\"dni-binary\">{value.ToDisplayString()}</pre>");
                break;
            case DateTime or DateTimeOffset:
                context.Writer.Write($"<span>{((IFormattable)value).ToString("u", null)}</span>");
                break;
            case Enum or TimeSpan or ReadOnlyMemory<char>:
                context.Writer.Write($"<span>{HttpUtility.HtmlEncode(value.ToString())}</span>");
                break;
            case Type type:
                WriteType(type, context);
                break;
            default:
                if (value is BigInteger || Members.IsScalar(value.GetType())) WritePlain(value, context);
                else if (value is IEnumerable items && !Members.HasOwnProperties(value.GetType())) WriteItems(items, context);
                else WriteTree(value, context);
                break;
        }
    }

    private static void WritePlain(object value, FormatContext context, string mimeType = PlainTextFormatter.MimeType)
    {
        context.RequireStyles();
        context.Writer.Write($"<div class=\"dni-plaintext\"><pre>{HttpUtility.HtmlEncode(value.ToDisplayString(mimeType))}</pre></div>");
    }

    private static void WriteType(Type type, FormatContext context)
    {
        var name = HttpUtility.HtmlEncode(type.ToDisplayString());
        bool documented = type.Namespace is { } place && (place == "System" || place.StartsWith("System.") || place.StartsWith("Microsoft."));
        if (!documented)
        {
            context.Writer.Write(name);
            return;
        }
        var page = (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.ToLowerInvariant().Replace("+", ".").Replace("`", "-");
        context.Writer.Write($"<span><a href=\"https://docs.microsoft.com/dotnet/api/{page}?view=net-7.0\">{name}</a></span>");
    }

    private static void WriteTree(object value, FormatContext context)
    {
        context.RequireStyles();
        var writer = context.Writer;
        var summary = HttpUtility.HtmlEncode(value.ToDisplayString(PlainTextSummaryFormatter.MimeType));
        writer.Write($"<details{(context.Depth < 2 ? " open=\"open\"" : "")} class=\"dni-treeview\"><summary><span class=\"dni-code-hint\"><code>{summary}</code></span></summary>"
            + "<div><table><thead><tr></tr></thead><tbody>");
        foreach (var member in Members.Of(value.GetType()))
        {
            writer.Write($"<tr><td>{member.Name}</td><td>");
            member.Get(value).FormatTo(context, HtmlFormatter.MimeType);
            writer.Write("</td></tr>");
        }
        if (value is IEnumerable items)
        {
            writer.Write("<tr><td><i>(values)</i></td><td>");
            WriteItems(items, context);
            writer.Write("</td></tr>");
        }
        writer.Write("</tbody></table></div></details>");
    }

    private static void WriteItems(IEnumerable source, FormatContext context)
    {
        context.RequireStyles();
        var type = source.GetType();
        var (keys, values) = Dictionary(source);
        if (keys is null && Members.ItemType(type) is { } itemType && Members.IsScalar(itemType))
        {
            WritePlain(source, context, PlainTextSummaryFormatter.MimeType);
            return;
        }
        var (items, left) = Members.Take(values, count: source is ICollection);
        var writer = context.Writer;
        if (items.Count == 0)
        {
            writer.Write("<i>(empty)</i>");
            return;
        }
        bool mixed = items.Where(item => item is not null).Select(item => item!.GetType()).Distinct().Count() > 1;
        writer.Write($"<table><thead><tr><th><i>{(keys is null ? "index" : "key")}</i></th>{(mixed ? "<th><i>type</i></th>" : "")}<th>value</th></tr></thead><tbody>");
        var names = keys?.Cast<object>().GetEnumerator();
        for (int i = 0; i < items.Count; i++)
        {
            writer.Write("<tr>");
            Cell(names is not null && names.MoveNext() ? names.Current : new HtmlString($"{i}"));
            if (mixed) Cell(items[i]?.GetType());
            Cell(items[i]);
            writer.Write("</tr>");
        }
        int columns = mixed ? 3 : 2;
        if (left is null) writer.Write($"<tr><td colspan=\"{columns}\"><i>... (more)</i></td></tr>");
        else if (left > 0) writer.Write($"<tr><td colspan=\"{columns}\"><i>({left} more)</i></td></tr>");
        writer.Write("</tbody></table>");

        void Cell(object? value)
        {
            writer.Write("<td>");
            value.FormatTo(context, HtmlFormatter.MimeType);
            writer.Write("</td>");
        }
    }

    private static (IEnumerable? Keys, IEnumerable Values) Dictionary(IEnumerable source)
    {
        var interfaces = source.GetType().GetInterfaces();
        var generic = interfaces.FirstOrDefault(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IDictionary<,>));
        if ((generic ?? interfaces.FirstOrDefault(face => face == typeof(IDictionary))) is not { } dictionary) return (null, source);
        return ((IEnumerable)dictionary.GetProperty("Keys")!.GetValue(source)!, (IEnumerable)dictionary.GetProperty("Values")!.GetValue(source)!);
    }
}
