using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>Writing the parts of a <c>tokenizer.json</c>.</summary>
internal static class JsonParts
{
    /// <summary>Writes an object with a type and members, each null, a whole number, a truth value or a text.</summary>
    public static void WritePart(this Utf8JsonWriter json, string type, params (string Name, object? Value)[] members) =>
        json.WriteMembers([("type", type), .. members]);

    /// <summary>Writes an object of such members.</summary>
    public static void WriteMembers(this Utf8JsonWriter json, params (string Name, object? Value)[] members)
    {
        json.WriteStartObject();
        foreach (var (name, value) in members)
        {
            switch (value)
            {
                case null: json.WriteNull(name); break;
                case int number: json.WriteNumber(name, number); break;
                case bool flag: json.WriteBoolean(name, flag); break;
                default: json.WriteString(name, (string)value); break;
            }
        }
        json.WriteEndObject();
    }
}
