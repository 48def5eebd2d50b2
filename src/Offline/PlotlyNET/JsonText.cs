using System.Collections;
using System.Globalization;
using System.Text;

namespace ResearchKit.Offline;

/// <summary>Figures as JSON, with the real package's spelling of numbers: a point in every float, NaN and the infinities as strings.</summary>
internal static class JsonText
{
    public static string Of(object value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case RawJson raw: text.Append(raw.Text); break;
            case PlotlyObject node: Object(text, node.Entries); break;
            case StyleWord word: Write(text, word.Value); break;
            case Plotly.NET.Color color: Write(text, color.Value); break;
            case string s: Quote(text, s); break;
            case bool b: text.Append(b ? "true" : "false"); break;
            case double d: Number(text, d, d.ToString("R", CultureInfo.InvariantCulture)); break;
            case float f: Number(text, f, f.ToString("R", CultureInfo.InvariantCulture)); break;
            case decimal m: Number(text, 0, m.ToString(CultureInfo.InvariantCulture)); break;
            case DateTime time: Quote(text, time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)); break;
            case IEnumerable items: Array(text, items); break;
            case IFormattable whole: text.Append(whole.ToString(null, CultureInfo.InvariantCulture)); break;
            default: Quote(text, value.ToString()); break;
        }
    }

    private static void Object(StringBuilder text, IEnumerable<KeyValuePair<string, object>> entries)
    {
        text.Append('{');
        bool first = true;
        foreach (var (key, value) in entries)
        {
            if (!first) text.Append(',');
            first = false;
            Quote(text, key);
            text.Append(':');
            Write(text, value);
        }
        text.Append('}');
    }

    private static void Array(StringBuilder text, IEnumerable items)
    {
        text.Append('[');
        bool first = true;
        foreach (var item in items)
        {
            if (!first) text.Append(',');
            first = false;
            Write(text, item);
        }
        text.Append(']');
    }

    private static void Number(StringBuilder text, double value, string spelled)
    {
        if (!double.IsFinite(value)) Quote(text, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        else text.Append(spelled).Append(spelled.AsSpan().ContainsAny('.', 'E', 'e') ? "" : ".0");
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or '\u0085' or '\u2028' or '\u2029' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        text.Append('"');
    }
}
