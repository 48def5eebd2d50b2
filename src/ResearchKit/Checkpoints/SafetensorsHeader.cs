using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// The header of a safetensors file: a JSON object from names to <c>{dtype, shape, data_offsets}</c>. Read strictly, as the
/// format's reference does: whatever is not exactly a table of tensors that tile the data without hole or overlap is refused.
/// </summary>
/// <remarks>Format: https://github.com/huggingface/safetensors#format.</remarks>
internal static class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, so that a damaged length cannot make us allocate the machine.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>The one name that is no tensor.</summary>
    public const string MetadataKey = "__metadata__";

    // What libtorch's element-wise kernels take.
    private const int MaxDimensions = 64;

    /// <summary>Reads a header.</summary>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Bytes of the file after the header.</param>
    /// <param name="path">The file, for messages.</param>
    /// <returns>Entries in the order of their data, and the metadata.</returns>
    /// <exception cref="KitException">Anything else than a well-formed header that matches the data.</exception>
    public static (SafetensorsEntry[] Entries, Dictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(json);
            if (json.IsEmpty || json[0] != (byte)'{') throw Damaged(path, "the header does not start with '{'");
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (Next(ref reader) is { } name)
            {
                reader.Read();
                if (name == MetadataKey)
                {
                    if (metadata is not null) throw Damaged(path, $"'{MetadataKey}' stands there twice");
                    metadata = ReadMetadata(ref reader, path);
                }
                else if (!entries.TryAdd(name, ReadEntry(ref reader, name, path)))
                    throw Damaged(path, $"tensor '{name}' stands there twice");
            }
            while (reader.Read()) { } // what follows the object may be white space alone, else this throws
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Damaged(path, $"the header is not valid JSON in UTF-8 ({e.Message.TrimEnd('.')})", e);
        }
        var ordered = entries.Values.OrderBy(e => e.Begin).ThenBy(e => e.End).ToArray();
        CheckTiling(ordered, dataLength, path);
        return (ordered, metadata ?? []);
    }

    /// <summary>Makes a header, padded with spaces to a multiple of 8 so that the data is aligned.</summary>
    public static byte[] Make(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (var entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", SafetensorsType.NameOf(entry.Type));
                json.WriteStartArray("shape");
                foreach (var size in entry.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(entry.Begin);
                json.WriteNumberValue(entry.End);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    /// <summary>The error of a file that is not what it should be.</summary>
    public static KitException Damaged(string path, string what, Exception? inner = null)
    {
        var message = $"'{path}' is not a sound safetensors file: {what}. It may be cut short or damaged; copy or download it again.";
        return inner is null ? new KitException(message) : new KitException(message, inner);
    }

    /// <summary>The next property name of the object the reader is in, or null at its end.</summary>
    private static string? Next(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Damaged(path, $"'{MetadataKey}' is not an object of strings");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (Next(ref reader) is { } key)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Damaged(path, $"'{MetadataKey}.{key}' is not a string");
            if (!metadata.TryAdd(key, reader.GetString()!)) throw Damaged(path, $"'{MetadataKey}.{key}' stands there twice");
        }
        return metadata;
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Damaged(path, $"the entry of tensor '{name}' is not an object");
        ScalarType? type = null;
        List<long>? shape = null, offsets = null;
        while (Next(ref reader) is { } key)
        {
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    var typeName = reader.GetString()!;
                    type = SafetensorsType.Of(typeName) ?? throw new KitException(
                        $"'{path}': tensor '{name}' has element type '{typeName}', which the kit does not read. "
                        + $"It reads {SafetensorsType.Names}; convert the file to one of these.");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, key, path);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, key, path);
                    break;
                default:
                    throw Damaged(
                        path, $"the entry of tensor '{name}' has '{key}' twice, of a wrong type, or where only dtype, shape and data_offsets may stand");
            }
        }
        if (type is null || shape is null || offsets is not [var begin, var end] || end < begin)
            throw Damaged(path, $"the entry of tensor '{name}' needs a dtype, a shape and two ascending data_offsets");
        CheckSize(name, type.Value, shape, end - begin, path);
        return new SafetensorsEntry(name, type.Value, shape, begin, end);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string key, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Damaged(path, $"'{key}' of tensor '{name}' is not an array");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // By its first character, because -0 is a number below none.
            if (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == '-' || !reader.TryGetInt64(out var number))
                throw Damaged(path, $"'{key}' of tensor '{name}' holds something else than whole numbers from 0");
            numbers.Add(number);
        }
        return numbers;
    }

    private static void CheckSize(string name, ScalarType type, List<long> shape, long length, string path)
    {
        if (shape.Count > MaxDimensions) throw Damaged(path, $"tensor '{name}' has {shape.Count} dimensions, more than {MaxDimensions}");
        try
        {
            // A zero anywhere makes the tensor empty, but the other sizes must not overflow what libtorch computes strides with.
            long count = shape.Aggregate(1L, (product, size) => checked(product * Math.Max(size, 1)));
            long expected = checked((shape.Contains(0) ? 0 : count) * SafetensorsType.Size(type));
            if (expected != length)
                throw Damaged(
                    path, $"tensor '{name}' of shape [{string.Join(", ", shape)}] needs {expected} bytes, its offsets give {length}");
        }
        catch (OverflowException e)
        {
            throw Damaged(path, $"the shape of tensor '{name}' has more elements than can be counted", e);
        }
    }

    private static void CheckTiling(SafetensorsEntry[] ordered, long dataLength, string path)
    {
        long reached = 0;
        foreach (var entry in ordered)
        {
            if (entry.Begin != reached)
            {
                var fault = entry.Begin < reached ? "an overlap" : "a hole";
                throw Damaged(path, $"tensor '{entry.Name}' begins at byte {entry.Begin} of the data where byte {reached} was due ({fault})");
            }
            reached = entry.End;
        }
        if (reached != dataLength)
            throw Damaged(path, $"the header describes {reached} bytes of data, the file holds {dataLength}");
    }
}
