using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Checkpoints;

/// <summary>
/// Tensors on the pages of a file. Each page comes from the disk when it is first looked at, is shared with every program that reads the
/// file, and goes when the memory is wanted elsewhere: none of it is memory of the program's own. Writing to a tensor copies the pages
/// that it touches and never reaches the file.
/// </summary>
/// <remarks>
/// <para>libtorch maps a file from its first byte and as elements of one type, so there is a mapping for each type that is asked for, and
/// a tensor can be on one if it begins at a multiple of its element's size. A mapping lives until the last tensor on it is gone, and
/// holds the file's content that long, even where another file has been renamed into its place.</para>
/// <para>A file that is cut short or written over in place is another matter: pages not yet looked at change, and those that are gone
/// end the process when they are. The kit never does that to a file. Nor is there an exception for a disk that fails later.</para>
/// <para>Linux alone: elsewhere a mapped file cannot be replaced, or the mapping could be of another file than the open one.</para>
/// </remarks>
/// <param name="file">The open file; it may be closed before the tensors are gone.</param>
/// <param name="length">Its bytes.</param>
internal sealed class FileMapping(SafeFileHandle file, long length) : IDisposable
{
    private readonly Dictionary<ScalarType, Tensor?> _elements = [];

    /// <summary>Gives a tensor values of the file for its own, in place of the memory that it has.</summary>
    /// <param name="into">A tensor on the CPU; its type is that of the values.</param>
    /// <param name="at">First byte of the values, from the beginning of the file. They are within its length.</param>
    /// <param name="shape">Their sizes.</param>
    /// <returns>False, and nothing has changed, where the values cannot be mapped.</returns>
    public bool TryPlace(Tensor into, long at, IReadOnlyList<long> shape)
    {
        int size = SafetensorsType.Size(into.dtype);
        if (at % size != 0 || Elements(into.dtype, size) is not { } elements) return false;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        long count = shape.Aggregate(1L, (product, n) => product * n);
        into.set_(elements.narrow(0, at / size, count).view([.. shape]));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var elements in _elements.Values) elements?.Dispose();
        _elements.Clear();
    }

    private Tensor? Elements(ScalarType type, int size)
    {
        if (!_elements.TryGetValue(type, out var elements)) _elements[type] = elements = Map(type, length / size);
        return elements;
    }

    private Tensor? Map(ScalarType type, long count)
    {
        if (!OperatingSystem.IsLinux()) return null;
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            // By its number and not by its name, which may be another file's by now.
            return from_file($"/proc/self/fd/{file.DangerousGetHandle()}", shared: false, size: count, dtype: type).DetachFromDisposeScope();
        }
        catch (ExternalException)
        {
            return null;   // no /proc, a file system without mappings, a kernel that counts every page as written: values are copied then
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }
}
