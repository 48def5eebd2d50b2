using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// A safetensors file, open for reading. Opening reads and checks the header alone; each tensor is mapped or read when asked for.
/// </summary>
/// <remarks>
/// What is wanted as it stands, on the CPU and in the stored type, is not copied at all: it is on the file's own pages
/// (<see cref="FileMapping"/>), on Linux and where it stands aligned, as it does in whatever the kit and Hugging Face write. Everything
/// else is read straight into the memory of a tensor, and converted piece by piece, so that a load never holds more than the model.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    // Spans hold at most 2^31 - 1 bytes; tensors may be larger.
    private const long Chunk = 1L << 28;

    // What a conversion holds of the stored type at a time.
    private const long Piece = 1L << 24;

    private readonly SafeFileHandle _handle;
    private readonly FileMapping _mapping;
    private readonly HashSet<string> _mapped = new(StringComparer.Ordinal);
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        long length = RandomAccess.GetLength(handle);
        _mapping = new FileMapping(handle, length);
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

    /// <summary>Reads a tensor with the type and shape it is stored in: on the CPU it is on the file's pages where it can be.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="device">Where the tensor is to be; the CPU when null.</param>
    /// <exception cref="KitException">There is no such tensor, or it cannot be read.</exception>
    public Tensor Read(string name, Device? device = null)
    {
        var entry = Entry(name);
        using var scope = NewDisposeScope();
        var tensor = empty([0], dtype: entry.Type);
        if (!TryMap(entry, tensor))
        {
            tensor = empty([.. entry.Shape], dtype: entry.Type);
            Fill(entry, tensor);
        }
        return (device is null ? tensor : tensor.to(device)).MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor into the memory of one that exists, converting to its type and device.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the stored shape.</param>
    /// <exception cref="KitException">There is no such tensor, its shape differs, or it cannot be read.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        var entry = Entry(name, destination);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (!destination.is_contiguous())
            destination.copy_(Read(name));
        else if (destination.dtype == entry.Type && destination.device_type == DeviceType.CPU)
            Fill(entry, destination.detach()); // straight into place
        else
            Convert(entry, destination.detach());
    }

    /// <summary>As <see cref="ReadInto"/>, but where it can the destination gives its memory up and is on the file's pages from then on. For
    /// tensors that share their memory with no other: a new model's parameters.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the stored shape.</param>
    /// <exception cref="KitException">There is no such tensor, its shape differs, or it cannot be read.</exception>
    public void MapInto(string name, Tensor destination)
    {
        var entry = Entry(name, destination);
        bool asStored = destination.dtype == entry.Type && destination.device_type == DeviceType.CPU;
        if (!asStored || !TryMap(entry, destination)) ReadInto(name, destination);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mapping.Dispose();
        _handle.Dispose();
    }

    private SafetensorsEntry Entry(string name) => Find(name) ?? throw new KitException(
        $"'{Path}' has no tensor '{name}'." + (Nearest.To(name, _byName.Keys) is { } near ? $" Did you mean '{near}'?" : ""));

    private SafetensorsEntry Entry(string name, Tensor destination)
    {
        var entry = Entry(name);
        if (entry.Shape.SequenceEqual(destination.shape)) return entry;
        var (stored, expected) = (string.Join(", ", entry.Shape), string.Join(", ", destination.shape));
        throw new KitException($"'{Path}': tensor '{name}' has shape [{stored}], expected [{expected}].");
    }

    // Every byte of a bool has to be looked at (see below), and an empty tensor has none to map. Whoever asks a second time gets a copy:
    // on the same pages each would see what is written to the other.
    private bool TryMap(SafetensorsEntry entry, Tensor tensor) => entry.Type != ScalarType.Bool && entry.Length > 0
        && !_mapped.Contains(entry.Name) && _mapping.TryPlace(tensor, _dataStart + entry.Begin, entry.Shape) && _mapped.Add(entry.Name);

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
