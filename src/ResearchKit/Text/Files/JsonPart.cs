using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>A place in a JSON file that knows its way there, so that an error can say where it is.</summary>
internal readonly struct JsonPart(JsonElement element, string file, string path)
{
    /// <summary>Whether the place holds null or does not exist.</summary>
    public bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>The member of that name; null-like where the object lacks it.</summary>
    public JsonPart this[string name]
    {
        get
        {
            if (element.ValueKind != JsonValueKind.Object)
                throw Wrong("an object");
            return new(element.TryGetProperty(name, out var member) ? member : default, file, path.Length == 0 ? name : $"{path}.{name}");
        }
    }

    /// <summary>The members of an object, in the order of the file, a repeated name included.</summary>
    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong("an object");
        var (at, of) = (path, file);
        return element.EnumerateObject().Select(m => (Name: Decode(() => m.Name, of, at), m.Value))
            .Select(m => (m.Name, new JsonPart(m.Value, of, $"{at}.{m.Name}")));
    }

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonPart> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw Wrong("a list");
        var (at, of) = (path, file);
        return element.EnumerateArray().Select((item, i) => new JsonPart(item, of, $"{at}[{i}]"));
    }

    /// <summary>The text that stands here.</summary>
    public string Text()
    {
        if (element.ValueKind != JsonValueKind.String)
            throw Wrong("a text");
        var here = element;
        return Decode(() => here.GetString()!, file, path);
    }

    /// <summary>The text that stands here, or null.</summary>
    public string? TextOrNull() => IsNull ? null : Text();

    /// <summary>Whether a text stands here.</summary>
    public bool IsText => element.ValueKind == JsonValueKind.String;

    /// <summary>The whole number that stands here.</summary>
    public int Whole() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) ? value : throw Wrong("a whole number");

    /// <summary>The number that stands here.</summary>
    public double Number() => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value)
        ? value : throw Wrong("a number");

    /// <summary>Whether true or false stands here.</summary>
    public bool IsFlag => element.ValueKind is JsonValueKind.True or JsonValueKind.False;

    /// <summary>Whether an object stands here.</summary>
    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>The file that this is a part of.</summary>
    public string File => file;

    /// <summary>The truth value that stands here, or the one to take where nothing stands.</summary>
    public bool Flag(bool otherwise) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ when IsNull => otherwise,
        _ => throw Wrong("true or false"),
    };

    /// <summary>The error that this place should have held something else.</summary>
    public KitException Wrong(string expected) => new($"{file}: expected {expected} {(path.Length == 0 ? "at the top" : $"at '{path}'")}, "
        + $"found {(IsNull ? "nothing" : Shorten(element.GetRawText()))}.");

    /// <summary>A JSON text may be well formed and still no Unicode: half of a surrogate pair, written as an escape.</summary>
    private static string Decode(Func<string> read, string file, string path)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw new KitException($"{file}: the text at '{path}' is not valid Unicode. {e.Message}", e);
        }
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
