using System.Collections;
using System.Dynamic;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Html;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>text/plain: scalars as words, lists of them on a line, everything else by its members, one a line.</summary>
internal static partial class PlainText
{
    public static void Write(object? value, FormatContext context)
    {
        var writer = context.Writer;
        switch (value)
        {
            case null:
                writer.Write(Formatter.NullString);
                break;
            case byte[] bytes:
                WriteBytes(bytes, writer);
                break;
            case Exception exception:
                writer.Write(LineStart().Replace(exception.ToString(), new string(' ', (context.Depth + 1) * 2)));
                break;
            case IHtmlContent html:
                html.WriteTo(writer, HtmlEncoder.Default);
                break;
            case Type type:
                writer.Write(type.Name.Contains("AnonymousType") ? "(anonymous)" : Members.CSharpName(type, withNamespace: true));
                break;
            case DateTime or DateTimeOffset:
                writer.Write(((IFormattable)value).ToString("u", null));
                break;
            case ExpandoObject expando:
                writer.Write(string.Join(writer.NewLine, expando.Select(pair => $"{pair.Key}: {pair.Value.ToDisplayString()}")));
                break;
            case Enum or BigInteger or JsonElement or ReadOnlyMemory<char>:
                writer.Write(value.ToString());
                break;
            default:
                if (Members.IsScalar(value.GetType())) writer.Write(value);
                else if (Members.IsTuple(value.GetType())) WriteTuple(value, context);
                else WriteObject(value, context);
                break;
        }
    }

    /// <summary>What is left to write where nothing nested may be.</summary>
    public static void WriteOneLine(object value, FormatContext context)
    {
        if (value is IEnumerable items and not string) WriteItems(items, context);
        else context.Writer.Write(value is string or IFormattable ? value : value.ToString());
    }

    private static void WriteObject(object value, FormatContext context)
    {
        var type = value.GetType();
        var writer = context.Writer;
        var items = value as IEnumerable;
        bool onlyItems = items is not null && !Members.HasOwnProperties(type);
        if (onlyItems)
        {
            WriteItems(items!, context);
            return;
        }
        var members = Members.Of(type);
        if (members.Length == 0)
        {
            writer.Write(value.ToString());
            return;
        }
        if (!context.AtListItem) writer.WriteLine(Members.CSharpName(type, withNamespace: false));
        for (int i = 0; i < members.Length; i++)
        {
            WriteStart(context);
            writer.Write($"{members[i].Name}: ");
            members[i].Get(value).FormatTo(context, PlainTextFormatter.MimeType);
            if (i < members.Length - 1 && items is null) writer.WriteLine();
        }
        if (items is null) return;
        writer.WriteLine();
        WriteStart(context);
        writer.Write("(values): ");
        WriteItems(items, context);
    }

    public static void WriteItems(IEnumerable items, FormatContext context)
    {
        var writer = context.Writer;
        var itemType = Members.ItemType(items.GetType());
        int extra = itemType is null ? 2 : 0; // an old-style collection stands deeper
        if (itemType is null) items = items.Cast<object>();
        itemType ??= typeof(object);
        context.Depth += extra;
        bool oneLine = Members.IsScalar(itemType) || !context.AllowRecursion;
        if (oneLine) writer.Write("[ ");
        else writer.WriteLine(Members.CSharpName(items.GetType(), withNamespace: false));
        var (taken, left) = Members.Take(items, count: false);
        for (int i = 0; i < taken.Count; i++)
        {
            if (i > 0) writer.Write(oneLine ? ", " : writer.NewLine);
            context.AtListItem = true;
            if (!oneLine && itemType == typeof(object)) Indent(context, "  - ");
            taken[i].FormatTo(context, PlainTextFormatter.MimeType);
            context.AtListItem = false;
        }
        if (left != 0) writer.Write(left is null ? " ... (more)" : $" ... ({left} more)");
        if (oneLine) writer.Write(" ]");
        context.Depth -= extra;
    }

    private static void WriteTuple(object value, FormatContext context)
    {
        var values = Members.Of(value.GetType());
        if (value.GetType().GetGenericArguments().All(Members.IsScalar))
        {
            context.Writer.Write($"( {string.Join(", ", values.Select(member => member.Get(value).ToDisplayString()))} )");
            return;
        }
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0) context.Writer.WriteLine();
            context.AtListItem = true;
            WriteStart(context);
            values[i].Get(value).FormatTo(context, PlainTextFormatter.MimeType);
            context.AtListItem = true;
        }
    }

    private static void WriteStart(FormatContext context)
    {
        Indent(context, context.AtListItem ? "  - " : "    ");
        context.AtListItem = false;
    }

    private static void Indent(FormatContext context, string more) => context.Writer.Write(new string(' ', context.Depth * 2) + more);

    private static void WriteBytes(byte[] bytes, TextWriter writer)
    {
        for (int start = 0; start < bytes.Length; start += 16)
        {
            var line = bytes.AsSpan(start, Math.Min(16, bytes.Length - start));
            writer.Write($"{start:X8}  ");
            for (int i = 0; i < 16; i++)
            {
                writer.Write(i < line.Length ? $"{line[i]:X2} " : "   ");
                if (i == 7) writer.Write(' ');
            }
            writer.Write(" |");
            foreach (byte b in line) writer.Write(b is >= 32 and < 127 ? (char)b : '.');
            writer.Write(start + 16 < bytes.Length ? $"|{writer.NewLine}" : "|");
        }
    }

    [GeneratedRegex(@"^\s+", RegexOptions.Multiline)]
    private static partial Regex LineStart();
}
