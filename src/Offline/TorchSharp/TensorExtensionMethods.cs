using System.Globalization;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Reading, writing and showing tensors.</summary>
public static class TensorExtensionMethods
{
    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 => 8,
        _ => throw new NotSupportedException($"Elements of type {type} are not supported."),
    };

    // The value of a tensor of one element, converted. One that does not fit throws.
    public static float ToSingle(this Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this Tensor value) => value.ToScalar().ToDouble();
    public static Half ToHalf(this Tensor value) => value.ToScalar().ToHalf();
    public static BFloat16 ToBFloat16(this Tensor value) => value.ToScalar().ToBFloat16();
    public static sbyte ToSByte(this Tensor value) => value.ToScalar().ToSByte();
    public static byte ToByte(this Tensor value) => value.ToScalar().ToByte();
    public static short ToInt16(this Tensor value) => value.ToScalar().ToInt16();
    public static int ToInt32(this Tensor value) => value.ToScalar().ToInt32();
    public static long ToInt64(this Tensor value) => value.ToScalar().ToInt64();
    public static bool ToBoolean(this Tensor value) => value.ToScalar().ToBoolean();

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => a * b);

    public static ReadOnlySpan<int> IntShape(this Tensor tensor) => Array.ConvertAll(tensor.shape, d => (int)d);

    public static string str(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default) =>
        tensor.ToString(style, fltFormat, width, cultureInfo, newLine);

    public static string jlstr(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Julia, fltFormat, width, cultureInfo, newLine);

    public static string npstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Numpy, fltFormat, width, cultureInfo, newLine);

    public static string cstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.CSharp, fltFormat, width, cultureInfo, newLine);

    public static string metastr(this Tensor tensor) => tensor.ToString(TensorStringStyle.Metadata);

    public static Tensor print(this Tensor t, string? fltFormat = "g5", int? width = 100, string? newLine = null,
        CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default)
    {
        Console.WriteLine(t.ToString(style, fltFormat, width, cultureInfo, newLine));
        return t;
    }

    // A tensor in a stream: dtype, number of dimensions, their lengths, the bytes.
    public static void Save(this Tensor tensor, BinaryWriter writer)
    {
        using var copy = tensor.device_type == DeviceType.CPU ? null : tensor.cpu();
        writer.Encode((int)tensor.dtype);
        writer.Encode(tensor.Dimensions);
        foreach (long d in tensor.shape) writer.Encode(d);
        writer.Flush();
        (copy ?? tensor).WriteBytesToStream(writer.BaseStream);
    }

    /// <summary>Writes and closes the stream.</summary>
    public static void Save(this Tensor tensor, Stream stream)
    {
        using var writer = new BinaryWriter(stream);
        tensor.Save(writer);
    }

    public static void Save(this Tensor tensor, string location) => tensor.Save(File.Create(location));

    /// <summary>Fills the tensor from a stream; skip passes over its bytes.</summary>
    /// <exception cref="ArgumentException">Another dtype or shape lies there.</exception>
    public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
    {
        if (Dtype(reader) is var type && type != tensor.dtype)
            throw new ArgumentException($"Mismatched tensor data types while loading: {type} was saved, {tensor.dtype} is expected. Make sure that the model you are loading into is exactly the same as the origin.");
        var shape = Shape(reader);
        if (!skip && !shape.SequenceEqual(tensor.shape))
            throw new ArgumentException($"Mismatched tensor shape while loading: [{string.Join(", ", shape)}] was saved, [{string.Join(", ", tensor.shape)}] is expected. Make sure that the model you are loading into is exactly the same as the origin.");
        if (skip) reader.BaseStream.Seek(shape.TotalSize() * type.ElementSize(), SeekOrigin.Current);
        else Fill(tensor, reader);
    }

    public static Tensor Load(BinaryReader reader, bool skip = false)
    {
        Tensor? tensor = null;
        Load(ref tensor, reader, skip);
        return tensor!;
    }

    public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
    {
        var type = Dtype(reader);
        var shape = Shape(reader);
        if (tensor is null) tensor = skip ? zeros(shape, type) : empty(shape, type);
        else if (!skip && !shape.SequenceEqual(tensor.shape))
            throw new ArgumentException($"Mismatched tensor shape while loading: [{string.Join(", ", shape)}] was saved, [{string.Join(", ", tensor.shape)}] is expected.");
        if (skip) reader.BaseStream.Seek(shape.TotalSize() * type.ElementSize(), SeekOrigin.Current);
        else Fill(tensor, reader);
    }

    private static ScalarType Dtype(BinaryReader reader) => (ScalarType)reader.Decode();

    private static long[] Shape(BinaryReader reader)
    {
        var shape = new long[reader.Decode()];
        for (int i = 0; i < shape.Length; i++) shape[i] = reader.Decode();
        return shape;
    }

    private static void Fill(Tensor tensor, BinaryReader reader)
    {
        using var quiet = no_grad();
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
        {
            tensor.ReadBytesFromStream(reader.BaseStream);
            return;
        }
        using var here = empty(tensor.shape, tensor.dtype, CPU);
        here.ReadBytesFromStream(reader.BaseStream);
        tensor.copy_(here);
    }
}
