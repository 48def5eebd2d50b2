namespace TorchSharp.Utils;

/// <summary>Whole numbers, seven bits to a byte, lowest first: how TorchSharp's files write lengths and dtypes.</summary>
internal static class LEB128
{
    public static void Encode(this BinaryWriter writer, long value) => writer.Write7BitEncodedInt64(value);

    public static long Decode(this BinaryReader reader) => reader.Read7BitEncodedInt64();
}
