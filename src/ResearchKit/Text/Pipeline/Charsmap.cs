using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ResearchKit.Text;

/// <summary>
/// SentencePiece's table of replacements: a double-array trie over UTF-8 (darts-clone) that leads to places in a blob of texts, each
/// ended by a zero byte.
/// </summary>
internal sealed class Charsmap
{
    private readonly uint[] _trie;
    private readonly byte[] _texts;

    /// <param name="bytes">Length of the trie in bytes, the trie, the texts.</param>
    /// <param name="source">Where they come from, for the error.</param>
    /// <exception cref="KitException">The lengths do not fit, or a text is not UTF-8.</exception>
    public Charsmap(byte[] bytes, string source)
    {
        Bytes = bytes;
        uint size = bytes.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (size > bytes.Length - 4L || size % 4 != 0 || size == 0)
            throw new KitException($"{source}: the character map is damaged: it has {bytes.Length} bytes and says that its trie has {size}.");
        _trie = new uint[size / 4];
        for (int i = 0; i < _trie.Length; i++)
            _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 + 4 * i));
        _texts = bytes[(int)(4 + size)..];
        if (!System.Text.Unicode.Utf8.IsValid(_texts))
            throw new KitException($"{source}: the texts of the character map are not UTF-8.");
    }

    /// <summary>The table as it stands in files.</summary>
    public byte[] Bytes { get; }

    /// <summary>What a beginning of these bytes is replaced by, or null where the table has none.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="longest">Take the longest beginning that the table has, as SentencePiece does; else the shortest, as Hugging Face does.</param>
    /// <param name="length">Bytes of that beginning.</param>
    public string? Find(ReadOnlySpan<byte> utf8, bool longest, out int length)
    {
        long node = Offset(_trie[0]);
        int found = -1;
        length = 0;
        for (int i = 0; i < utf8.Length && utf8[i] != 0; i++)
        {
            node ^= utf8[i];
            if (node >= _trie.Length || (_trie[node] & 0x8000_00FF) != utf8[i])
                break;
            uint unit = _trie[node];
            node ^= Offset(unit);
            if ((unit & 0x100) == 0)
                continue;
            if (node >= _trie.Length)
                break;
            (found, length) = ((int)(_trie[node] & 0x7FFF_FFFF), i + 1);
            if (!longest)
                break;
        }
        if (found < 0 || found > _texts.Length)
            return null;
        int end = _texts.AsSpan(found).IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? _texts.AsSpan(found) : _texts.AsSpan(found, end));
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}

/// <summary>
/// Hugging Face's reading of SentencePiece's table (<c>Precompiled</c>): whole grapheme clusters of up to five bytes first, then
/// character by character, each time the shortest entry.
/// </summary>
internal sealed record Precompiled(Charsmap Map) : Normalizer
{
    internal override void Apply(AlignedText text)
    {
        var chars = text.Chars;
        var changes = new List<(int Point, int Change)>(chars.Length);
        bool changed = false;
        for (int at = 0, size; at < chars.Length; at += size)
        {
            size = StringInfo.GetNextTextElementLength(chars[at..]);
            var cluster = chars.Slice(at, size);
            if (Encoding.UTF8.GetByteCount(cluster) < 6 && TryReplace(cluster, changes))
            {
                changed = true;
                continue;
            }
            for (int i = 0, length; i < size; i += length)
            {
                int c = Characters.At(cluster, i, out length);
                if (TryReplace(cluster.Slice(i, length), changes))
                    changed = true;
                else
                    changes.Add((c, 0));
            }
        }
        if (!changed)
            return;
        text.Begin();
        foreach (var (point, change) in changes)
            text.Put(point, change);
        text.End();
    }

    internal override void Write(Utf8JsonWriter json) => json.WritePart("Precompiled", ("precompiled_charsmap", Convert.ToBase64String(Map.Bytes)));

    private bool TryReplace(ReadOnlySpan<char> part, List<(int Point, int Change)> changes)
    {
        Span<byte> utf8 = stackalloc byte[8];
        Span<byte> few = Encoding.UTF8.TryGetBytes(part, utf8, out int bytes) ? utf8[..bytes] : [];
        if (Map.Find(few, longest: false, out _) is not { } text)
            return false;
        int old = Count(part), count = Count(text);
        for (int i = 0, place = 0, size; i < text.Length; i += size, place++)
            changes.Add((Characters.At(text, i, out size), place >= old ? 1 : 0));
        // What is longer than its replacement goes with the character before, if there is one at all.
        if (count < old && changes.Count > 0)
            changes[^1] = (changes[^1].Point, changes[^1].Change + count - old);
        return true;
    }

    private static int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int at = 0, size; at < text.Length; at += size, count++)
            Characters.At(text, at, out size);
        return count;
    }
}
