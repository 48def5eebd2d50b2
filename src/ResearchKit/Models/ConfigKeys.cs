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

    /// <summary>The keys of an object below a key; null where there is none.</summary>
    public ConfigKeys? Group(string key) => Object(key) is { } inner ? new ConfigKeys(inner, $"{source}' in '{key}") : null;

    public double RequiredReal(string key) => Number(key)
        ?? throw new KitException($"'{source}': '{key}' is missing, a number was expected.");

    public bool Has(string key) => json.ContainsKey(key);

    /// <summary>A whole number, or a list of them, as <c>eos_token_id</c> may be.</summary>
    public IReadOnlyList<int> Ints(string key)
    {
        if (json[key] is not JsonArray list) return OptionalInt(key) is { } one ? [one] : [];
        return [.. list.Select(item => item is JsonValue v && v.TryGetValue(out int number) ? number : throw Wrong(key, "a whole number or a list of them"))];
    }

    /// <summary>What the first of <c>architectures</c> stands for; the fallback where there is none.</summary>
    public T Architecture<T>(IReadOnlyDictionary<string, T> known, T fallback)
    {
        if (json["architectures"] is null) return fallback;
        if (json["architectures"] is not JsonArray list || list.Any(item => item is not JsonValue v || !v.TryGetValue(out string? _)))
            throw Wrong("architectures", "a list of names");
        if (list.Count == 0) return fallback;
        var name = list[0]!.GetValue<string>();
        return known.TryGetValue(name, out var found) ? found
            : throw new KitException($"'{source}' holds a {name}, which the kit does not compute. It knows {string.Join(", ", known.Keys)}.");
    }

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
