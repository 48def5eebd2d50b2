using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ResearchKit;

/// <summary>
/// Binds JSON to settings records and refuses what does not fit before any work is done: an unknown key (with the keys that
/// are allowed and the nearest of them), a value of the wrong kind, a value out of range. A record says its ranges with
/// <see cref="RangeAttribute"/> and <see cref="AllowedValuesAttribute"/>; keys are the property names in camel case.
/// </summary>
public static class SettingsBinder
{
    /// <summary>How settings are read and written everywhere: camel case, comments and trailing commas forgiven.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.Strict,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Parses a JSON object from text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="origin">Where it is from, for messages: a file name.</param>
    /// <exception cref="KitException">The text is not JSON, repeats a key, or is not an object.</exception>
    public static JsonObject Parse(string text, string origin)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Lenient) as JsonObject
                ?? throw new KitException($"{origin}: expected a JSON object '{{ … }}' at the top.");
        }
        catch (JsonException e)
        {
            // What the parser says, without the place, which it gives in its own way.
            var reason = e.Message.Split([" LineNumber:", " Path:"], StringSplitOptions.None)[0];
            throw new KitException($"{origin}: not valid JSON{(e.LineNumber is { } line ? $" at line {line + 1}, position {e.BytePositionInLine + 1}" : "")}: {reason} Correct the file and try again.", e);
        }
    }

    /// <summary>Makes a settings record from JSON.</summary>
    /// <param name="node">The object.</param>
    /// <param name="origin">Where it is from, for messages.</param>
    /// <exception cref="KitException">Some key or value does not fit; the message names it and what is allowed.</exception>
    public static T Bind<T>(JsonObject node, string origin) where T : class
    {
        Check(node, typeof(T), "", origin);
        try
        {
            return node.Deserialize<T>(Json)!;
        }
        catch (JsonException e)
        {
            throw new KitException($"{origin}: {(e.Path is { Length: > 2 } p ? $"'{p[2..]}' " : "a value ")}cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Applies <c>key=value</c> to settings: the key is a path with dots, the value JSON, or text where it is not JSON.</summary>
    /// <exception cref="KitException">The assignment has no '=', or the path runs through something that is no object.</exception>
    public static void Override(JsonObject node, string assignment)
    {
        int equals = assignment.IndexOf('=');
        if (equals <= 0) throw new KitException($"--set {assignment}: expected key=value, for example --set train.epochs=3.");
        var keys = assignment[..equals].Split('.');
        for (int i = 0; i < keys.Length - 1; i++)
        {
            if (node[keys[i]] is null) node[keys[i]] = new JsonObject();
            node = node[keys[i]] as JsonObject
                ?? throw new KitException($"--set {assignment}: '{string.Join('.', keys[..(i + 1)])}' holds a value, not a group of settings.");
        }
        node[keys[^1]] = Value(assignment[(equals + 1)..]);
    }

    /// <summary>The keys that bind to a settings record, in order.</summary>
    public static IReadOnlyList<string> Keys(Type type) => [.. Properties(type).Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, PropertyInfo> Properties(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.CanWrite && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
        .ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name));

    private static JsonNode? Value(string text)
    {
        try { return JsonNode.Parse(text, documentOptions: Lenient); }
        catch (JsonException) { return JsonValue.Create(text); }   // a bare word is a string: --set train.device=cpu
    }

    private static void Check(JsonObject node, Type type, string path, string origin)
    {
        var properties = Properties(type);
        foreach (var (key, value) in node)
        {
            var full = path + key;
            if (!properties.TryGetValue(key, out var property))
            {
                var nearest = Nearest.To(key, properties.Keys);
                throw new KitException($"{origin}: unknown key '{full}'.{(nearest is null ? "" : $" Did you mean '{path}{nearest}'?")} "
                    + $"Allowed here: {string.Join(", ", properties.Keys.Order())}.");
            }
            CheckValue(value, property, full, origin);
        }
        foreach (var (key, property) in properties)
            if (property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null && !node.ContainsKey(key))
                throw new KitException($"{origin}: key '{path}{key}' is missing{Expectation(property)}.");
    }

    private static void CheckValue(JsonNode? value, PropertyInfo property, string full, string origin)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (value is null)
        {
            bool nullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || Nullability.Create(property).WriteState == NullabilityState.Nullable;
            if (!nullable) throw new KitException($"{origin}: '{full}' is null{Expectation(property)}.");
            return;
        }
        if (type == typeof(JsonObject) || type == typeof(JsonNode)) return;
        if (type.IsClass && type != typeof(string) && !type.IsArray && !typeof(System.Collections.IEnumerable).IsAssignableFrom(type))
        {
            if (value is not JsonObject inner) throw new KitException($"{origin}: '{full}' must be a group of settings {{ … }}, found {value.ToJsonString()}.");
            Check(inner, type, full + ".", origin);
            return;
        }
        object? bound;
        try { bound = value.Deserialize(type, Json); }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new KitException($"{origin}: '{full}' is {value.ToJsonString()}{Expectation(property)}.", e);
        }
        foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            if (!rule.IsValid(bound)) throw new KitException($"{origin}: '{full}' is {value.ToJsonString()}{Expectation(property)}.");
    }

    private static string Expectation(PropertyInfo property)
    {
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
            return $", expected one of {string.Join(", ", allowed.Values.Where(v => v is not null))}";
        var kind = Kind(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            var low = $"{(range.MinimumIsExclusive ? "above " : "from ")}{range.Minimum}";
            bool open = Convert.ToDouble(range.Maximum) >= int.MaxValue;
            return $", expected {kind} {low}{(open ? " up" : $" to {(range.MaximumIsExclusive ? "below " : "")}{range.Maximum}")}";
        }
        return $", expected {kind}";
    }

    private static string Kind(Type type) => type switch
    {
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) || type == typeof(float) => "a number",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(string) => "a text in quotes",
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when typeof(System.Collections.IEnumerable).IsAssignableFrom(type) => "a list [ … ]",
        _ => "a group of settings { … }",
    };
}
