using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Models;

/// <summary>The keys of a <c>config.json</c>, read with errors that name file, key and what was expected.</summary>
internal sealed class ConfigKeys(JsonObject json, string source)
{
    /// <summary>Where the keys come from, for messages.</summary>
    public string Source => source;

    public static ConfigKeys Parse(string text, string source)
    {
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(text, null, options) is JsonObject json
                ? new ConfigKeys(json, source)
                : throw new KitException($"'{source}' is not a JSON object; a model's configuration was expected.");
        }
        catch (JsonException e)
        {
            throw new KitException($"'{source}' is not valid JSON: {e.Message}", e);
        }
    }

    public int Int(string key, int fallback) => OptionalInt(key) ?? fallback;

    public int? OptionalInt(string key) => Number(key) is not { } n ? null
        : n == Math.Floor(n) && Math.Abs(n) <= int.MaxValue ? (int)n
        : throw Wrong(key, "a whole number");

    public double Real(string key, double fallback) => Number(key) ?? fallback;

    public double? OptionalReal(string key) => Number(key);

    public string Text(string key, string fallback) => json[key] switch
    {
        null => fallback,
        JsonValue v when v.TryGetValue(out string? text) => text,
        _ => throw Wrong(key, "a string"),
    };

    public bool Flag(string key, bool fallback) => json[key] switch
    {
        null => fallback,
        JsonValue v when v.TryGetValue(out bool flag) => flag,
        _ => throw Wrong(key, "true or false"),
    };

    public JsonObject? Object(string key) => json[key] switch
    {
        null => null,
        JsonObject o => o,
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>Refuses a model that computes something else than the kit does.</summary>
    public void Only(string key, bool allowed, bool fallback)
    {
        if (Flag(key, fallback) != allowed)
            throw new KitException(
                $"'{source}' sets '{key}' to {(allowed ? "false" : "true")}, which the kit does not compute; "
                + $"only {(allowed ? "true" : "false")} is supported.");
    }

    private double? Number(string key) => json[key] switch
    {
        null => null,
        // Through the text: a number parsed from JSON and one put there by code answer TryGetValue differently.
        JsonValue v when v.GetValueKind() == JsonValueKind.Number
            && double.TryParse(v.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) => n,
        _ => throw Wrong(key, "a number"),
    };

    private KitException Wrong(string key, string expected) =>
        new($"'{source}': '{key}' is {json[key]!.ToJsonString()}, expected {expected}.");
}
