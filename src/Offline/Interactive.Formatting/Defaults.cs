using System.Collections;
using System.Text.Json;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>How values are written for which nothing was registered.</summary>
internal static class Defaults
{
    public static void Write(object? value, FormatContext context, string mimeType)
    {
        switch (mimeType)
        {
            case PlainTextFormatter.MimeType:
                PlainText.Write(value, context);
                break;
            case HtmlFormatter.MimeType:
                HtmlText.Write(value, context);
                break;
            case PlainTextSummaryFormatter.MimeType:
                WriteSummary(value, context);
                break;
            case JsonFormatter.MimeType:
                context.Writer.Write(JsonSerializer.Serialize(value, JsonFormatter.SerializerOptions));
                break;
            case "text/csv":
                WriteCsv(value, context.Writer);
                break;
            default:
                throw new ArgumentException($"No formatter is registered for MIME type {mimeType}.");
        }
    }

    /// <summary>One line, as lists of variables show it.</summary>
    private static void WriteSummary(object? value, FormatContext context)
    {
        switch (value)
        {
            case null:
                context.Writer.Write(Formatter.NullString);
                break;
            case Type type:
                PlainText.Write(type, context);
                break;
            case IEnumerable items and not string:
                context.OneLine = true;
                PlainText.WriteItems(items, context);
                context.OneLine = false;
                break;
            default:
                var text = $"{value}".Trim().Replace("\r", "\\r").Replace("\n", "\\n");
                context.Writer.Write(text.Length > 300 ? text[..300] + "..." : text);
                break;
        }
    }

    private static void WriteCsv(object? value, TextWriter writer)
    {
        var rows = value is IEnumerable items ? items.Cast<object>().ToList() : value is null ? [] : [value];
        if (rows.Count == 0) return;
        var members = Members.Of(rows[0].GetType());
        writer.WriteLine(string.Join(",", members.Select(member => member.Name)));
        foreach (var row in rows) writer.WriteLine(string.Join(",", members.Select(member => Field(member.Get(row)))));
    }

    private static string Field(object? value)
    {
        var text = (value is DateTime time ? time.ToString("o") : $"{value}").Replace("\"", "\"\"");
        return text.IndexOfAny(['"', '\n', '\r']) >= 0 ? $"\"{text}\"" : text;
    }
}
