using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Utils;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // The values themselves.
    public unsafe partial class Tensor
    {
        /// <summary>A window on the elements, in logical order. The tensor must be on the CPU and hold elements of this very type.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            Require(typeof(T));
            return new TensorAccessor<T>(this);
        }

        /// <summary>The value of a tensor of one element, of this very type.</summary>
        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException($"item() reads a tensor of one element, and this is {this}.");
            Require(typeof(T));
            if (device_type == DeviceType.CPU) return Read(*(T*)Data());
            using var here = cpu();
            return here.Read(*(T*)here.Data());
        }

        internal nint Data()
        {
            nint data = rk_data(H(this));
            if (data == 0 && NumberOfElements > 0) Fail();
            return data;
        }

        // In which .NET type the elements of a dtype are read.
        internal void Require(Type type)
        {
            var mine = dtype;
            bool fits = type == mine switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Float16 => typeof(Half),
                ScalarType.BFloat16 => typeof(BFloat16),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                ScalarType.Bool => typeof(bool),
                _ => null,
            };
            if (!fits) throw new ArgumentException($"{type.Name} is not compatible with {mine}");
        }

        /// <summary>The memory of a contiguous tensor on the CPU.</summary>
        public Span<byte> bytes
        {
            get
            {
                int size = (int)Plain();
                return new Span<byte>((void*)Read(Data()), size);
            }
            set
            {
                if (Plain() != value.Length) throw new ArgumentException($"{value.Length} bytes do not fill {this}, which has {Plain()}.");
                value.CopyTo(bytes);
            }
        }

        // The size in bytes, if they can be had.
        private long Plain(long limit = int.MaxValue)
        {
            if (!is_contiguous()) throw new InvalidOperationException($"The bytes of {this} are not contiguous: call contiguous() first.");
            if (device_type != DeviceType.CPU) throw new InvalidOperationException($"The bytes of {this} are not in CPU memory: call cpu() first.");
            long size = NumberOfElements * ElementSize;
            return size <= limit ? size : throw new ArgumentException($"{this} has {size} bytes, more than a span can show.");
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            long left = Plain(long.MaxValue);
            for (byte* p = (byte*)Data(); left > 0;)
            {
                int n = (int)Math.Min(left, Piece);
                stream.Write(new ReadOnlySpan<byte>(p, n));
                p += n;
                left -= n;
            }
            GC.KeepAlive(this);
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            long left = Plain(long.MaxValue);
            for (byte* p = (byte*)Data(); left > 0;)
            {
                int n = (int)Math.Min(left, Piece);
                stream.ReadExactly(new Span<byte>(p, n));
                p += n;
                left -= n;
            }
            GC.KeepAlive(this);
        }

        private const int Piece = 1 << 20;  // bytes at a time, whatever bufferSize says

        public byte ReadCpuByte(long i) => TensorAccessor<byte>.At(this, i);
        public sbyte ReadCpuSByte(long i) => TensorAccessor<sbyte>.At(this, i);
        public short ReadCpuInt16(long i) => TensorAccessor<short>.At(this, i);
        public int ReadCpuInt32(long i) => TensorAccessor<int>.At(this, i);
        public long ReadCpuInt64(long i) => TensorAccessor<long>.At(this, i);
        public bool ReadCpuBool(long i) => TensorAccessor<bool>.At(this, i);
        public float ReadCpuSingle(long i) => TensorAccessor<float>.At(this, i);
        public double ReadCpuDouble(long i) => TensorAccessor<double>.At(this, i);

        public Scalar ToScalar()
        {
            Number value;
            Check(rk_item(H(this), &value));
            GC.KeepAlive(this);
            return new Scalar(value);
        }

        public bool is_nonzero() => this.ToScalar().ToBoolean();

        public static explicit operator float(Tensor value) => value.ToSingle();
        public static explicit operator double(Tensor value) => value.ToDouble();
        public static explicit operator sbyte(Tensor value) => value.ToSByte();
        public static explicit operator byte(Tensor value) => value.ToByte();
        public static explicit operator short(Tensor value) => value.ToInt16();
        public static explicit operator int(Tensor value) => value.ToInt32();
        public static explicit operator long(Tensor value) => value.ToInt64();
        public static explicit operator bool(Tensor value) => value.ToBoolean();

        public static implicit operator Tensor(byte value) => tensor(value);
        public static implicit operator Tensor(sbyte value) => tensor(value);
        public static implicit operator Tensor(short value) => tensor(value);
        public static implicit operator Tensor(int value) => tensor(value);
        public static implicit operator Tensor(long value) => tensor(value);
        public static implicit operator Tensor(float value) => tensor(value);
        public static implicit operator Tensor(double value) => tensor(value);
        public static implicit operator Tensor(bool value) => tensor(value);
        public static implicit operator Tensor(byte[] value) => tensor(value);
        public static implicit operator Tensor(sbyte[] value) => tensor(value);
        public static implicit operator Tensor(short[] value) => tensor(value);
        public static implicit operator Tensor(int[] value) => tensor(value);
        public static implicit operator Tensor(long[] value) => tensor(value);
        public static implicit operator Tensor(float[] value) => tensor(value);
        public static implicit operator Tensor(double[] value) => tensor(value);
        public static implicit operator Tensor(bool[] value) => tensor(value);
        public static implicit operator Tensor(Scalar scalar) => FromScalar(scalar);

        private static Tensor FromScalar(Scalar scalar) => scalar.Type switch
        {
            ScalarType.Bool => tensor(scalar.ToBoolean()),
            ScalarType.Int64 => tensor(scalar.ToInt64()),
            _ => tensor(scalar.ToDouble()),
        };

        internal static ref T Element<T>(nint data, long offset) where T : unmanaged => ref Unsafe.AsRef<T>((T*)data + offset);

        internal static Span<T> Elements<T>(nint data, long count) where T : unmanaged =>
            MemoryMarshal.CreateSpan(ref Element<T>(data, 0), checked((int)count));
    }
}
