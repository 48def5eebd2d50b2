using System.Buffers.Binary;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>Writes and reads whole safetensors files.</summary>
public static class Safetensors
{
    private const long Chunk = 1L << 28;

    /// <summary>Writes tensors to a file: beside, flushed, renamed.</summary>
    /// <param name="path">The file; one that is there is replaced as a whole or not at all.</param>
    /// <param name="tensors">Names and tensors of any device; the stored type is the tensor's.</param>
    /// <param name="metadata">Strings to keep in the header.</param>
    /// <exception cref="KitException">A name stands twice or is reserved, the format lacks the element type, or the disk
    /// refuses.</exception>
    public static void Save(
        string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Widest elements first, then by name: every tensor is aligned, and the same tensors give the same file.
        var ordered = tensors.Select(t => (t.Name, t.Value, Size: ElementSize(t.Name, t.Value, path)))
            .OrderByDescending(t => t.Size).ThenBy(t => t.Name, StringComparer.Ordinal).ToArray();
        var entries = new SafetensorsEntry[ordered.Length];
        var seen = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        long at = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            var (name, value, size) = ordered[i];
            if (!seen.Add(name))
                throw new KitException(
                    $"Cannot write '{path}': the tensor name '{name}' is {(name == SafetensorsHeader.MetadataKey ? "reserved" : "given twice")}.");
            long end = at + value.numel() * size;
            entries[i] = new SafetensorsEntry(name, value.dtype, value.shape, at, end);
            at = end;
        }
        var header = SafetensorsHeader.Make(entries, metadata);
        if (header.Length > SafetensorsHeader.MaxLength)
            throw new KitException(
                $"Cannot write '{path}': {entries.Length} tensors need a header of {header.Length} bytes, "
                + $"the format allows {SafetensorsHeader.MaxLength}.");
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (_, value, size) in ordered) Write(stream, value, size);
        });
    }

    /// <summary>Reads every tensor of a file, on its pages where that can be: see <see cref="SafetensorsFile"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the tensors are to be; the CPU when null.</param>
    /// <exception cref="KitException">The file is missing or not sound.</exception>
    public static Dictionary<string, Tensor> Load(string path, Device? device = null)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Entries.ToDictionary(e => e.Name, e => file.Read(e.Name, device), StringComparer.Ordinal);
    }

    private static void Write(Stream stream, Tensor value, int size)
    {
        using var scope = NewDisposeScope();
        var flat = value.detach().cpu().contiguous().view(-1);
        for (long at = 0; at < flat.numel(); at += Chunk / size)
        {
            using var piece = flat.narrow(0, at, Math.Min(Chunk / size, flat.numel() - at));
            stream.Write(piece.bytes);
        }
    }

    private static int ElementSize(string name, Tensor value, string path) => SafetensorsType.NameOf(value.dtype) is null
        ? throw new KitException(
            $"Cannot write '{path}': tensor '{name}' has element type {value.dtype}; the kit stores {SafetensorsType.Names}.")
        : SafetensorsType.Size(value.dtype);
}
