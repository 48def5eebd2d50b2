using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ResearchKit.Data;

/// <summary>
/// A hash of a text that is the same on every machine and in every version: the first eight bytes of the SHA-256 of its UTF-8,
/// the most significant first. Splits and orders that must never move hang on it.
/// </summary>
public static class StableHash
{
    /// <summary>The hash of a text.</summary>
    public static ulong Of(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}
