using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.Native;

namespace TorchSharp;

public static unsafe partial class torch
{
    // Tensors from .NET memory: copies of values, and windows on arrays.

    private static T[] Flat<T>(IList<T> rawArray)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        return rawArray as T[] ?? [.. rawArray];
    }

    private static long[] Along<T>(T[] rawArray)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        return [rawArray.Length];
    }

    private static long Length(ReadOnlySpan<long> dimensions)
    {
        long n = 1;
        foreach (long d in dimensions) n *= d;
        return n;
    }

    private static Tensor Values<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        if (Length(dimensions) > values.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {Length(dimensions)} vs. {values.Length}");
        var type = ScalarTypeOf(typeof(T));
        fixed (T* data = values)
        fixed (long* size = dimensions)
            return Made(rk_from_memory((nint)data, size, dimensions.Length, (int)type, Want(dtype ?? type, device, requires_grad), null, 0));
    }

    private static Tensor Shaped<T>(Array values, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        var flat = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(values)), values.Length);
        return Values(flat, ShapeOf(values), dtype, device, requires_grad);
    }

    private static long[] ShapeOf(Array values) => Enumerable.Range(0, values.Rank).Select(d => values.GetLongLength(d)).ToArray();

    internal static ScalarType ScalarTypeOf(Type type) =>
        type == typeof(float) ? ScalarType.Float32
        : type == typeof(double) ? ScalarType.Float64
        : type == typeof(long) ? ScalarType.Int64
        : type == typeof(int) ? ScalarType.Int32
        : type == typeof(bool) ? ScalarType.Bool
        : type == typeof(byte) ? ScalarType.Byte
        : type == typeof(sbyte) ? ScalarType.Int8
        : type == typeof(short) ? ScalarType.Int16
        : type == typeof(Half) ? ScalarType.Float16
        : type == typeof(BFloat16) ? ScalarType.BFloat16
        : throw new NotSupportedException($"A tensor has no elements of type {type.Name}.");

    /// <summary>A tensor of the array's shape, on the array's own memory where dtype and device allow.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        return Window(rawArray, ShapeOf(rawArray), 0, dtype, device, requires_grad);
    }

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device ?? CPU);

    /// <summary>A flat tensor on the memory of part of an array. count and offset are in elements.</summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        long length = rawArray.LongLength;
        if (offset < 0 || offset >= length) throw new ArgumentException($"invalid value for 'offset': {offset}");
        if (count < 0) count = length - offset;
        if (count > length - offset) throw new IndexOutOfRangeException($"element count is too large: {count}");
        return Window(rawArray, [count], offset, dtype, CPU, requires_grad);
    }

    private static Tensor Window(Array array, ReadOnlySpan<long> size, long offset, ScalarType? dtype, Device? device, bool requires_grad)
    {
        var type = ScalarTypeOf(array.GetType().GetElementType()!);
        var wanted = Want(dtype ?? type, device, requires_grad);
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);  // freed by the native side when the last view is gone
        nint data = pin.AddrOfPinnedObject() + (nint)(offset * type.ElementSize());
        fixed (long* p = size) return Made(rk_from_memory(data, p, size.Length, (int)type, wanted, &Unpin, GCHandle.ToIntPtr(pin)));
    }

    [UnmanagedCallersOnly]
    private static void Unpin(nint pin) => GCHandle.FromIntPtr(pin).Free();

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) =>
        data.dtype == (dtype ?? data.dtype) && (device is null || device.type == data.device_type) ? data.alias() : data.to(dtype ?? data.dtype, device ?? data.device);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);
    public static Tensor as_tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<bool> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<byte> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(sbyte[] rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<sbyte> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(short[] rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<short> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(int[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<int> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(long[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<long> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(BFloat16[] rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<BFloat16> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<float> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
    public static Tensor as_tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray, dtype, device);
    public static Tensor as_tensor(IList<double> rawArray, ScalarType? dtype = null, Device? device = null) =>
        from_array(rawArray.ToArray(), dtype, device);
}
