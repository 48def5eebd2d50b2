using System.Text;
using System.Text.Json;

namespace ResearchKit.Data.Instructions;

/// <summary>An object of a file of JSON, which knows where it stands: whatever is wrong with it is told with file and line.</summary>
/// <param name="File">The file.</param>
/// <param name="Place">Its line from 1, or its entry in an array from 1, in words.</param>
/// <param name="Value">The object.</param>
internal sealed record JsonRow(string File, string Place, JsonElement Value)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A text that has to be there.</summary>
    public string Text(string key) => Optional(key) ?? throw Wrong($"a text '{key}'");

    /// <summary>A text, or null where there is none.</summary>
    public string? Optional(string key) => !Value.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong($"a text as '{key}'");

    /// <summary>A number or a text that names something.</summary>
    public string Identity(string key) => Value.TryGetProperty(key, out var value) && value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.ToString()
        : throw Wrong($"a number or a text '{key}'");

    /// <summary>A text, or a list of at least one.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        if (!Value.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.Array) return [Text(key)];
        string[] texts = [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.String ? v.GetString()! : throw Wrong($"texts in the list '{key}'"))];
        return texts.Length > 0 ? texts : throw Wrong($"at least one text in the list '{key}'");
    }

    /// <summary>A whole number that has to be there.</summary>
    public int Count(string key) => Value.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 ? number
        : throw Wrong($"a whole number '{key}' of 0 or more");

    /// <summary>A truth value, or false where there is none.</summary>
    public bool Flag(string key) => Value.TryGetProperty(key, out var value) && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong($"true or false as '{key}'"));

    /// <summary>The objects of a list that has to be there.</summary>
    public IEnumerable<JsonRow> Items(string key) => !Value.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.Array ? throw Wrong($"a list '{key}'")
        : value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Object ? this with { Value = v } : throw Wrong($"objects in the list '{key}'"));

    /// <summary>Whether there is something of that name.</summary>
    public bool Has(string key) => Value.TryGetProperty(key, out _);

    /// <summary>The error that something else was expected here.</summary>
    public KitException Wrong(string expected) => Wrong(File, Place, expected);

    /// <summary>An object a line; blank lines are passed over.</summary>
    /// <exception cref="KitException">The file cannot be read, holds no rows, or a line is not UTF-8 or no object.</exception>
    public static IReadOnlyList<JsonRow> Lines(string file)
    {
        List<JsonRow> rows = [];
        ReadOnlySpan<byte> rest = Bytes(file);
        for (int line = 1; !rest.IsEmpty; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            var bytes = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (bytes.Trim(" \t\r"u8).IsEmpty) continue;
            var place = $"line {line}";
            rows.Add(Object(file, place, Parse(file, place, bytes)));
        }
        return rows.Count > 0 ? rows : throw new KitException($"{file} holds no rows.");
    }

    /// <summary>The objects of an array that is the whole file.</summary>
    /// <exception cref="KitException">As for <see cref="Lines"/>.</exception>
    public static IReadOnlyList<JsonRow> Array(string file)
    {
        var whole = Parse(file, null, Bytes(file));
        if (whole.ValueKind != JsonValueKind.Array) throw Wrong(file, "line 1", "an array of objects");
        JsonRow[] rows = [.. whole.EnumerateArray().Select((value, i) => Object(file, $"entry {i + 1}", value))];
        return rows.Length > 0 ? rows : throw new KitException($"{file} holds no rows.");
    }

    /// <summary>The object that is the whole file.</summary>
    /// <exception cref="KitException">The file cannot be read, or is not UTF-8 or no object.</exception>
    public static JsonRow Whole(string file) => Object(file, "line 1", Parse(file, null, Bytes(file)));

    private static JsonRow Object(string file, string place, JsonElement value) => value.ValueKind == JsonValueKind.Object ? new(file, place, value) : throw Wrong(file, place, "an object in braces");

    private static JsonElement Parse(string file, string? place, ReadOnlySpan<byte> bytes)
    {
        try
        {
            _ = Strict.GetCharCount(bytes);
            return JsonSerializer.Deserialize<JsonElement>(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Wrong(file, place ?? $"line {1 + bytes[..Math.Clamp(e.Index, 0, bytes.Length)].Count((byte)'\n')}", "text in UTF-8");
        }
        catch (JsonException e)
        {
            throw Wrong(file, place ?? $"line {e.LineNumber + 1}", $"JSON ({e.Message.Split([" LineNumber:", " Path:"], StringSplitOptions.None)[0].TrimEnd('.')})");
        }
    }

    private static ReadOnlySpan<byte> Bytes(string file)
    {
        try
        {
            ReadOnlySpan<byte> bytes = System.IO.File.ReadAllBytes(file);
            return bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KitException($"Cannot read {file}: {e.Message}", e);
        }
    }

    private static KitException Wrong(string file, string place, string expected) => new($"{file}, {place}: expected {expected}.");
}
