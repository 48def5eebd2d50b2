using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // What a tensor is. These calls are a few nanoseconds each: no GC transition, no error path.
    public partial class Tensor
    {
        private T Read<T>(T value)
        {
            GC.KeepAlive(this);
            return value;
        }

        public long Dimensions => Read(rk_dim(H(this)));

        public long dim() => Dimensions;

        public long ndim => Dimensions;

        public long NumberOfElements => Read(rk_numel(H(this)));

        public long numel() => NumberOfElements;

        public long ElementSize => Read(rk_element_size(H(this)));

        public long element_size() => ElementSize;

        public ScalarType dtype => (ScalarType)Read(rk_dtype(H(this)));

        public DeviceType device_type => (DeviceType)Read(rk_device_type(H(this)));

        public int device_index => Read(rk_device_index(H(this)));

        public Device device => device_type == DeviceType.CPU ? new Device(DeviceType.CPU) : new Device(device_type, device_index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_contiguous() => Read(rk_is_contiguous(H(this)));

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_pinned() => Read(rk_is_pinned(H(this)));

        public bool is_leaf
        {
            get
            {
                int leaf = Read(rk_is_leaf(H(this)));
                if (leaf < 0) Fail();
                return leaf == 1;
            }
        }

        public long storage_offset() => Read(rk_storage_offset(H(this)));

        public unsafe long[] shape
        {
            get
            {
                var result = new long[Dimensions];
                fixed (long* p = result) rk_sizes(H(this), p);
                return Read(result);
            }
        }

        public long[] size() => shape;

        public unsafe long size(int dim)
        {
            long n = Dimensions;
            if (dim < -n || dim >= n)
                throw new System.Runtime.InteropServices.ExternalException($"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim}) (size of {this})");
            long* sizes = stackalloc long[(int)n];
            rk_sizes(H(this), sizes);
            return Read(sizes[dim < 0 ? dim + n : dim]);
        }

        public unsafe long[] stride()
        {
            var result = new long[Dimensions];
            fixed (long* p = result) rk_strides(H(this), p);
            return Read(result);
        }

        public long stride(int dim)
        {
            var all = stride();
            if (dim < -all.Length || dim >= all.Length)
                throw new System.Runtime.InteropServices.ExternalException($"Dimension out of range (expected to be in range of [{-all.Length}, {all.Length - 1}], but got {dim}) (stride of {this})");
            return all[dim < 0 ? dim + all.Length : dim];
        }
    }

    public static bool is_floating_point(ScalarType type) =>
        type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or ScalarType.Float16;

    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);

    public static bool is_integral(ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static bool is_integral(Tensor t) => is_integral(t.dtype);

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool is_complex(Tensor input) => is_complex(input.dtype);

    public static long numel(Tensor input) => input.numel();

    /// <summary>The dtype that holds values of both.</summary>
    public static ScalarType promote_types(ScalarType type1, ScalarType type2) => Known(rk_promote_types((int)type1, (int)type2));

    private static ScalarType Known(int dtype)
    {
        if (dtype < 0) Fail();
        return (ScalarType)dtype;
    }

    public static ScalarType result_type(Tensor tensor1, Tensor tensor2)
    {
        var result = Known(rk_result_type(H(tensor1), H(tensor2)));
        GC.KeepAlive(tensor1);
        GC.KeepAlive(tensor2);
        return result;
    }

    public static bool can_cast(ScalarType from, ScalarType to) => rk_can_cast((int)from, (int)to);

    public static ScalarType get_default_dtype() => (ScalarType)rk_default_dtype();

    public static void set_default_dtype(ScalarType dtype) => Check(rk_set_default_dtype((int)dtype));

    public static int get_num_threads() => rk_threads();

    public static void set_num_threads(int num) => Check(rk_set_threads(num));

    public static int get_num_interop_threads() => rk_interop_threads();

    public static void set_num_interop_threads(int num) => Check(rk_set_interop_threads(num));

    /// <summary>The limits of a floating-point dtype.</summary>
    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;
    }

    public static FInfo finfo() => finfo(get_default_dtype());

    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => Limits(16, Math.Pow(2, -10), 65504, Math.Pow(2, -14), 1e-3),
        ScalarType.BFloat16 => Limits(16, Math.Pow(2, -7), (double)BFloat16.MaxValue, Math.Pow(2, -126), 1e-2),
        ScalarType.Float32 => Limits(32, Math.Pow(2, -23), float.MaxValue, Math.Pow(2, -126), 1e-6),
        ScalarType.Float64 => Limits(64, Math.Pow(2, -52), double.MaxValue, Math.Pow(2, -1022), 1e-15),
        _ => throw new ArgumentException($"'dtype' must be a floating point or complex dtype, not {dtype}."),
    };

    private static FInfo Limits(int bits, double eps, double max, double least, double resolution) =>
        new() { bits = bits, eps = eps, max = max, min = -max, tiny = least, smallest_normal = least, resolution = resolution };
}
