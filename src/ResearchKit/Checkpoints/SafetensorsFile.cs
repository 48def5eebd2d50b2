using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// A safetensors file, open for reading. Opening reads and checks the header alone; each tensor is read when asked for,
/// straight into the memory of a tensor.
/// </summary>
/// <remarks>
/// Positional reads straight into the tensor rather than a memory map that is copied from: one copy either way, no page of the
/// file counts as the program's memory, and a file that shrinks while it is read ends in an exception instead of ending the
/// process. Tensors of another type or device are converted piece by piece, so that a load never holds more than the model.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    // Spans hold at most 2^31 - 1 bytes; tensors may be larger.
    private const long Chunk = 1L << 28;

    // What a conversion holds of the stored type at a time.
    private const long Piece = 1L << 24;

    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        long length = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8) throw SafetensorsHeader.Damaged(path, $"it has {length} bytes, the length of its header alone takes 8");
        ReadFully(prefix, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
            throw SafetensorsHeader.Damaged(
                path, $"its header claims {headerLength} bytes, more than the {SafetensorsHeader.MaxLength} that the format allows");
        if ((long)headerLength > length - 8)
            throw SafetensorsHeader.Damaged(path, $"its header claims {headerLength} bytes, the file has {length - 8} after it");
        var header = new byte[headerLength];
        ReadFully(header, 8);
        _dataStart = 8 + (long)headerLength;
        (var entries, var metadata) = SafetensorsHeader.Parse(header, length - _dataStart, path);
        Entries = entries;
        Metadata = metadata;
        _byName = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="KitException">The file is missing, unreadable or not sound.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            return new SafetensorsFile(path, handle);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is IOException or UnauthorizedAccessException) throw new KitException($"Could not read '{path}': {e.Message}", e);
            throw;
        }
    }

    /// <summary>The entry of a tensor, or null.</summary>
    public SafetensorsEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads a tensor with the type and shape it is stored in.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="device">Where the tensor is to be; the CPU when null.</param>
    /// <exception cref="KitException">There is no such tensor, or it cannot be read.</exception>
    public Tensor Read(string name, Device? device = null)
    {
        var entry = Entry(name);
        using var scope = NewDisposeScope();
        var tensor = empty([.. entry.Shape], dtype: entry.Type);
        Fill(entry, tensor);
        return (device is null ? tensor : tensor.to(device)).MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor into one that exists, converting to its type and device.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the stored shape.</param>
    /// <exception cref="KitException">There is no such tensor, its shape differs, or it cannot be read.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        var entry = Entry(name);
        if (!entry.Shape.SequenceEqual(destination.shape))
        {
            var (stored, expected) = (string.Join(", ", entry.Shape), string.Join(", ", destination.shape));
            throw new KitException($"'{Path}': tensor '{name}' has shape [{stored}], expected [{expected}].");
        }
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (!destination.is_contiguous())
            destination.copy_(Read(name));
        else if (destination.dtype == entry.Type && destination.device_type == DeviceType.CPU)
            Fill(entry, destination.detach()); // straight into place
        else
            Convert(entry, destination.detach());
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private SafetensorsEntry Entry(string name) => Find(name) ?? throw new KitException(
        $"'{Path}' has no tensor '{name}'." + (Nearest.To(name, _byName.Keys) is { } near ? $" Did you mean '{near}'?" : ""));

    private void Fill(SafetensorsEntry entry, Tensor tensor)
    {
        int size = SafetensorsType.Size(entry.Type);
        var flat = tensor.view(-1);
        for (long at = 0; at < entry.Length; at += Chunk)
        {
            using var piece = flat.narrow(0, at / size, Math.Min(Chunk, entry.Length - at) / size);
            ReadPiece(entry, at, piece.bytes);
        }
    }

    private void Convert(SafetensorsEntry entry, Tensor destination)
    {
        int size = SafetensorsType.Size(entry.Type);
        using var stored = empty(Math.Min(Piece, entry.Length) / size, dtype: entry.Type);
        var flat = destination.view(-1);
        for (long at = 0; at < entry.Length; at += Piece)
        {
            long count = Math.Min(Piece, entry.Length - at) / size;
            using Tensor from = stored.narrow(0, 0, count), into = flat.narrow(0, at / size, count);
            ReadPiece(entry, at, from.bytes);
            into.copy_(from);
        }
    }

    private void ReadPiece(SafetensorsEntry entry, long at, Span<byte> bytes)
    {
        try
        {
            ReadFully(bytes, _dataStart + entry.Begin + at);
        }
        catch (IOException e)
        {
            throw new KitException($"Could not read tensor '{entry.Name}' from '{Path}': {e.Message}", e);
        }
        // Any other byte is no bool: what a kernel makes of it is undefined.
        if (entry.Type == ScalarType.Bool && bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
            throw SafetensorsHeader.Damaged(Path, $"tensor '{entry.Name}' of type BOOL holds bytes other than 0 and 1");
    }

    private void ReadFully(Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            int read = RandomAccess.Read(_handle, into, offset);
            if (read == 0) throw SafetensorsHeader.Damaged(Path, $"it ended at byte {offset} while being read");
            into = into[read..];
            offset += read;
        }
    }
}
