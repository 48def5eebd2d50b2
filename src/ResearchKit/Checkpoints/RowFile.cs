using System.Buffers.Binary;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// Safetensors files of rows that memory need not hold at once: written a few rows at a time, in any order, and with a checksum, so that a reader knows a whole one.
/// </summary>
public static class RowFile
{
    private const string Checksum = "sha256";
    private const long Chunk = 1L << 26;

    /// <summary>Puts rows into their place in a tensor of the file.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="first">The row that the first of them is.</param>
    /// <param name="rows">[n, …] of the tensor's type and row shape; on any device.</param>
    public delegate void Put(string name, long first, Tensor rows);

    /// <summary>Writes a file: beside, flushed, renamed.</summary>
    /// <param name="path">The file; one that is there is replaced as a whole or not at all.</param>
    /// <param name="tensors">Names, types and shapes, the rows first.</param>
    /// <param name="fill">Puts the rows; what it does not put is 0.</param>
    /// <exception cref="KitException">There is no room, or the disk refuses.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, ScalarType Type, long[] Shape)> tensors, Action<Put> fill)
    {
        List<SafetensorsEntry> entries = [];
        foreach (var (name, type, shape) in tensors.OrderByDescending(t => SafetensorsType.Size(t.Type)))   // so every one is aligned
        {
            long at = entries.Count == 0 ? 0 : entries[^1].End;
            entries.Add(new(name, type, shape, at, at + shape.Aggregate(1L, (a, b) => a * b) * SafetensorsType.Size(type)));
        }
        long length = entries[^1].End;
        AtomicFile.Write(path, stream =>
        {
            RequireRoom(path, length);
            // The header of the end, but for its digits: it has the same length.
            var header = Header(new string('0', 64));
            long begin = 8 + header.Length;
            stream.SetLength(begin + length);
            fill((name, first, rows) =>
            {
                var entry = entries.Find(e => e.Name == name) ?? throw new ArgumentException($"There is no tensor '{name}'.", nameof(name));
                long row = entry.Shape.Skip(1).Aggregate((long)SafetensorsType.Size(entry.Type), (a, b) => a * b);
                if (rows.dtype != entry.Type || !rows.shape[1..].SequenceEqual(entry.Shape.Skip(1)) || first < 0 || first + rows.shape[0] > entry.Shape[0])
                    throw new ArgumentException($"[{string.Join(", ", rows.shape)}] of {rows.dtype} from row {first} on is no part of '{name}', [{string.Join(", ", entry.Shape)}] of {entry.Type}.", nameof(rows));
                stream.Position = begin + entry.Begin + first * row;
                using var scope = NewDisposeScope();
                var flat = rows.detach().cpu().contiguous().view(-1);
                long piece = Chunk / SafetensorsType.Size(entry.Type);
                for (long at = 0; at < flat.numel(); at += piece) stream.Write(flat.narrow(0, at, Math.Min(piece, flat.numel() - at)).bytes);
            });
            stream.Position = begin;
            header = Header(Digest(stream));
            stream.Position = 0;
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
            stream.Write(prefix);
            stream.Write(header);
        });

        byte[] Header(string digest) => SafetensorsHeader.Make(entries, new Dictionary<string, string> { [Checksum] = digest });
    }

    /// <summary>Opens a file after looking at every byte of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="KitException">It is missing, or not what was written.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            using var stream = File.OpenRead(path);
            stream.Position = stream.Length - (file.Entries.Count == 0 ? 0 : file.Entries[^1].End);
            if (file.Metadata.GetValueOrDefault(Checksum) != Digest(stream)) throw SafetensorsHeader.Damaged(path, "its data is not what its checksum is of");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string Digest(Stream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));

    private static void RequireRoom(string path, long bytes)
    {
        long free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        if (bytes > free) throw new KitException($"'{path}' needs {bytes / 1e9:F1} GB, and the disk has {free / 1e9:F1} free. Make room, or choose another place.");
    }
}
