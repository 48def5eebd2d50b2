using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number of any kind, to be met with a tensor. It keeps its kind: whole, real or boolean.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly Native.Number Number;

    internal Scalar(long value, bool boolean = false) => Number = new(value, boolean ? 3 : 1);

    internal Scalar(double value) => Number = new(BitConverter.DoubleToInt64Bits(value), 2);

    internal Scalar(Native.Number number) => Number = number;

    public static implicit operator Scalar(byte value) => new((long)value);
    public static implicit operator Scalar(sbyte value) => new((long)value);
    public static implicit operator Scalar(short value) => new((long)value);
    public static implicit operator Scalar(int value) => new((long)value);
    public static implicit operator Scalar(long value) => new(value);
    public static implicit operator Scalar(Half value) => new((double)value);
    public static implicit operator Scalar(BFloat16 value) => new((double)value.ToSingle());
    public static implicit operator Scalar(float value) => new((double)value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, boolean: true);

    /// <summary>Int64, Float64 or Bool.</summary>
    public ScalarType Type => Number.Kind switch { 2 => ScalarType.Float64, 3 => ScalarType.Bool, _ => ScalarType.Int64 };

    /// <summary>Nothing to free: the number lives in this object.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    internal double Real => Number.Kind == 2 ? BitConverter.Int64BitsToDouble(Number.Bits) : Number.Bits;

    internal long Whole => Number.Kind != 2 ? Number.Bits : checked((long)Real);

    // What a method hands to the native side.
    internal static Native.Number Of(Scalar value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is null ? throw new ArgumentNullException(name) : value.Number;

    internal static Native.Number OrNone(Scalar? value) => value is null ? default : value.Number;

    internal static Native.Number Of(double value) => new(BitConverter.DoubleToInt64Bits(value), 2);

    internal static Native.Number Of(long value) => new(value, 1);

    public override string ToString() => Number.Kind switch
    {
        2 => Real.ToString(System.Globalization.CultureInfo.InvariantCulture),
        3 => (Number.Bits != 0).ToString(),
        _ => Number.Bits.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>To and from <see cref="Scalar"/>. A value that does not fit the asked type throws.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this Half value) => value;
    public static Scalar ToScalar(this BFloat16 value) => value;
    public static Scalar ToBFloat16Scalar(this float value) => new BFloat16(value);

    public static BFloat16 ToBFloat16(this Scalar value) => new((float)value.Real);
    public static Half ToHalf(this Scalar value) => (Half)value.Real;
    public static float ToSingle(this Scalar value) => (float)value.Real;
    public static double ToDouble(this Scalar value) => value.Real;
    public static sbyte ToSByte(this Scalar value) => checked((sbyte)value.Whole);
    public static byte ToByte(this Scalar value) => checked((byte)value.Whole);
    public static short ToInt16(this Scalar value) => checked((short)value.Whole);
    public static int ToInt32(this Scalar value) => checked((int)value.Whole);
    public static long ToInt64(this Scalar value) => value.Whole;
    public static bool ToBoolean(this Scalar value) => value.Real != 0;
}
