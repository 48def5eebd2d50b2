using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Documents;

/// <summary>Text as notebooks keep it: one JSON string, or (what is written) a list with one string a line, each with its line end.</summary>
internal static class Lines
{
    /// <summary>The text, from either form; null where it is neither.</summary>
    public static string? Join(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonArray lines when lines.All(line => line is JsonValue value && value.TryGetValue<string>(out _)) => string.Concat(lines.Select(line => line!.GetValue<string>())),
        _ => null,
    };

    /// <summary>The list of lines.</summary>
    public static JsonArray Split(string text)
    {
        var lines = new JsonArray();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) is var found and >= 0 ? found + 1 : text.Length;
            lines.Add(JsonValue.Create(text[start..end]));
            start = end;
        }
        return lines;
    }
}
