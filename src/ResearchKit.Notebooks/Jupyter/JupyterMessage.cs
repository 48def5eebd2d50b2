using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ResearchKit.Notebooks.Jupyter;

/// <summary>One message of Jupyter's protocol (5.3), without its way through the sockets.</summary>
internal sealed record JupyterMessage(JsonObject Header, JsonObject Parent, JsonObject Metadata, JsonObject Content)
{
    /// <summary>What kind it is, such as <c>execute_request</c>.</summary>
    public string Type => (string?)Header["msg_type"] ?? "";
}

/// <summary>Turns messages into frames and back, and signs them.</summary>
internal sealed class JupyterCodec(string key)
{
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
    private readonly string _session = Guid.NewGuid().ToString("N");

    /// <summary>The frames of a message that belongs to another one.</summary>
    /// <param name="type">Its kind.</param>
    /// <param name="content">What it says.</param>
    /// <param name="parent">The header of the request it comes of; null for none.</param>
    public List<byte[]> Encode(string type, JsonObject content, JsonObject? parent)
    {
        var header = new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString("N"),
            ["session"] = _session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = "5.3",
        };
        byte[][] parts = [Bytes(header), Bytes(parent ?? []), Bytes([]), Bytes(content)];
        return [Delimiter, Sign(parts), .. parts];
    }

    /// <summary>The message in some frames; null where they are none, or the signature is not that of the key.</summary>
    public JupyterMessage? Decode(IReadOnlyList<byte[]> frames)
    {
        int start = frames.ToList().FindIndex(frame => frame.AsSpan().SequenceEqual(Delimiter));
        if (start < 0 || frames.Count < start + 6) return null;
        var parts = frames.Skip(start + 2).Take(4).ToArray();
        if (_key.Length > 0 && !CryptographicOperations.FixedTimeEquals(Sign(parts), frames[start + 1])) return null;
        try
        {
            var json = parts.Select(part => JsonNode.Parse(part) as JsonObject ?? []).ToArray();
            return new(json[0], json[1], json[2], json[3]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private byte[] Sign(IReadOnlyList<byte[]> parts) =>
        _key.Length == 0 ? [] : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(_key, parts.SelectMany(part => part).ToArray())));
}
