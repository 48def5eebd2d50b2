using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace ResearchKit.Tests.Checkpoints;

/// <summary>
/// What the format's reference implementation refuses, written once more and plainly, without a thought for speed: tensor.rs of
/// huggingface/safetensors, <c>read_metadata</c> and <c>validate</c>, with the specification's ban on doubled keys.
/// </summary>
internal static class SafetensorsOracle
{
    private static readonly Dictionary<string, int> Bits = new()
    {
        ["BOOL"] = 8, ["F4"] = 4, ["F6_E2M3"] = 6, ["F6_E3M2"] = 6, ["U8"] = 8, ["I8"] = 8, ["F8_E5M2"] = 8, ["F8_E4M3"] = 8, ["F8_E8M0"] = 8,
        ["I16"] = 16, ["U16"] = 16, ["F16"] = 16, ["BF16"] = 16, ["I32"] = 32, ["U32"] = 32, ["F32"] = 32, ["C64"] = 64, ["F64"] = 64, ["I64"] = 64, ["U64"] = 64,
    };

    public static bool Refuses(byte[] file)
    {
        if (file.Length < 8) return true;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (length > 100_000_000 || length > (ulong)(file.Length - 8)) return true;
        try
        {
            var text = new UTF8Encoding(false, true).GetString(file, 8, (int)length);
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 128 });
            var tensors = new List<(BigInteger Begin, BigInteger End, BigInteger BitCount)>();
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (member.Name != "__metadata__") tensors.Add(Tensor(member.Value));
                else if (member.Value.ValueKind != JsonValueKind.Null && member.Value.EnumerateObject().Any(m => m.Value.ValueKind != JsonValueKind.String)) return true;
            }
            BigInteger reached = 0;
            foreach (var (begin, end, bits) in tensors.Order())
            {
                if (begin != reached || end < begin || bits > ulong.MaxValue || (end - begin) * 8 != bits) return true;
                reached = end;
            }
            return reached + 8 + length != (ulong)file.Length;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException or KeyNotFoundException or InvalidDataException)
        {
            return true;
        }
    }

    private static (BigInteger Begin, BigInteger End, BigInteger BitCount) Tensor(JsonElement entry)
    {
        var shape = entry.GetProperty("shape").EnumerateArray().Select(n => (BigInteger)n.GetUInt64()).ToArray();
        var offsets = entry.GetProperty("data_offsets").EnumerateArray().Select(n => (BigInteger)n.GetUInt64()).ToArray();
        if (offsets.Length != 2) throw new InvalidDataException();
        BigInteger count = 1;
        foreach (var size in shape)
            if ((count *= size) > ulong.MaxValue) throw new InvalidDataException();
        return (offsets[0], offsets[1], count * Bits[entry.GetProperty("dtype").GetString()!]);
    }
}
