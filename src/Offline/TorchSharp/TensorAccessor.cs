using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the CPU, in logical order; writing here writes the tensor.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly Tensor _tensor;  // kept alive as long as this window
    private readonly long[] _shape, _stride;
    private readonly bool _contiguous;

    internal TensorAccessor(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
            throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        _tensor = tensor;
        _shape = tensor.shape;
        _stride = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    // Taken anew each time: a disposed tensor must not be read.
    private nint Data => _tensor.Data();

    private long Offset(long index)
    {
        if (index >= Count) throw new IndexOutOfRangeException($"{index} in a tensor of {Count} elements.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (_contiguous) return index;
        long offset = 0;
        for (int d = _shape.Length - 1; d >= 0; d--)
        {
            (index, long at) = Math.DivRem(index, _shape[d]);
            offset += at * _stride[d];
        }
        return offset;
    }

    private long Offset(long[] indices)
    {
        if (indices.Length < _shape.Length) throw new IndexOutOfRangeException($"{indices.Length} indices for {_shape.Length} dimensions.");
        long offset = 0;
        for (int d = 0; d < _shape.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= _shape[d]) throw new IndexOutOfRangeException($"{indices[d]} in dimension {d}, of size {_shape[d]}.");
            offset += indices[d] * _stride[d];
        }
        return offset;
    }

    /// <summary>By one number a dimension; reading also by one number in logical order.</summary>
    public T this[params long[] indices]
    {
        get => Read(indices.Length == 1 ? Offset(indices[0]) : Offset(indices));
        set
        {
            if (indices.Length == 1 && indices[0] >= Count) throw new IndexOutOfRangeException($"{indices[0]} in a tensor of {Count} elements.");
            Tensor.Element<T>(Data, Offset(indices)) = value;
            GC.KeepAlive(this);
        }
    }

    private T Read(long offset)
    {
        var value = Tensor.Element<T>(Data, offset);
        GC.KeepAlive(this);  // and with it the tensor, while its memory is read
        return value;
    }

    internal static T At(Tensor tensor, long index) => tensor.data<T>()[index];

    public T[] ToArray()
    {
        var result = new T[Count];
        if (Count > 0 || _shape.Length > 1) CopyTo(result);  // which refuses a tensor without elements, but TorchSharp does so only here
        return result;
    }

    /// <summary>An array of the tensor's shape.</summary>
    public Array ToNDArray()
    {
        if (_shape.Length < 2) return ToArray();
        var flat = Count > 0 ? ToArray() : [];
        var result = Array.CreateInstance(typeof(T), _shape);
        var at = new int[_shape.Length];
        foreach (var value in flat)
        {
            result.SetValue(value, at);
            for (int d = at.Length - 1; d >= 0 && ++at[d] == _shape[d]; d--) at[d] = 0;
        }
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var (data, count) = Range(array.Length, arrayIndex, tensorIndex);
        if (_contiguous) Tensor.Elements<T>(data, tensorIndex + count)[(int)tensorIndex..].CopyTo(array[arrayIndex..]);
        else for (int i = 0; i < count; i++) array[arrayIndex + i] = Tensor.Element<T>(data, Offset(tensorIndex + i));
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var (data, count) = Range(array.Length, arrayIndex, tensorIndex);
        for (int i = 0; i < count; i++) Tensor.Element<T>(data, Offset(tensorIndex + i)) = array[arrayIndex + i];
        GC.KeepAlive(_tensor);
    }

    private (nint Data, int Count) Range(int length, int arrayIndex, long tensorIndex)
    {
        if (tensorIndex < 0 || tensorIndex >= Count) throw new ArgumentOutOfRangeException(nameof(tensorIndex));
        ArgumentOutOfRangeException.ThrowIfNegative(arrayIndex);
        return (Data, (int)Math.Min(length - arrayIndex, Count - tensorIndex));
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++) yield return Read(Offset(i));
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(_tensor);

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) =>
        left.Count == right.Count && left.SequenceEqual(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    /// <summary>Nothing to free: the tensor is its owner's.</summary>
    public void Dispose() => GC.SuppressFinalize(this);
}
