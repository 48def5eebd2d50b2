using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.DotNet.Interactive.Formatting;

namespace ResearchKit.Notebooks.Documents;

/// <summary>One value in several forms, as notebooks and Jupyter's messages have it: text, or JSON for the mime types that are JSON.</summary>
internal static class MimeBundle
{
    public static JsonObject Of(IEnumerable<FormattedValue> forms)
    {
        var bundle = new JsonObject();
        foreach (var form in forms.Where(form => !form.SuppressDisplay)) bundle[form.MimeType] = Value(form.MimeType, form.Value ?? "");
        return bundle;
    }

    public static JsonObject Of(string mimeType, string text) => new() { [mimeType] = text };

    /// <summary>True of the mime types whose content is JSON itself and not text.</summary>
    public static bool IsJson(string mimeType) => mimeType == "application/json" || mimeType.EndsWith("+json", StringComparison.Ordinal);

    private static bool IsWritten(string mimeType) => mimeType.StartsWith("text/", StringComparison.Ordinal) || mimeType is "image/svg+xml" or "application/javascript";

    /// <summary>The same with long texts cut into lines, for a file.</summary>
    public static JsonObject ForFile(JsonObject bundle)
    {
        var kept = new JsonObject();
        foreach (var (mimeType, value) in bundle)
            kept[mimeType] = IsWritten(mimeType) && Lines.Join(value) is { } text ? Lines.Split(text) : value?.DeepClone();
        return kept;
    }

    private static JsonNode? Value(string mimeType, string text)
    {
        if (!IsJson(mimeType)) return text;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text; // a formatter's mistake is shown as it is, not swallowed
        }
    }
}
