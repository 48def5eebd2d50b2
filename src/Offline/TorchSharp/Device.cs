namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives. Two devices are equal by reference only: compare type and index.</summary>
    public class Device
    {
        public DeviceType type { get; private set; } = DeviceType.CPU;

        /// <summary>-1 stands for the current one.</summary>
        public int index { get; private set; } = -1;

        /// <summary>"cpu", "cuda" or "cuda:1".</summary>
        public Device(string description)
        {
            ArgumentNullException.ThrowIfNull(description);
            var parts = description.Split(':');
            type = Parse(parts[0]);
            if (parts.Length == 2) index = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        public Device(string deviceType, int index = -1)
        {
            ArgumentNullException.ThrowIfNull(deviceType);
            type = Parse(deviceType);
            this.index = index;
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>The CUDA device of that number.</summary>
        public Device(int index)
        {
            type = DeviceType.CUDA;
            this.index = index;
        }

        private static DeviceType Parse(string name) => Enum.Parse<DeviceType>(name.ToUpperInvariant());

        public override string ToString() =>
            type == DeviceType.CPU ? "cpu" : index == -1 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        public static implicit operator Device(string description) => new(description);
    }

    private static Device? s_cuda;
    private static Device s_default = new(DeviceType.CPU);

    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly Device META = new(DeviceType.META);

    public static Device CUDA => s_cuda ??= InitializeDevice(new Device(DeviceType.CUDA));

    public static Device device(string description) => InitializeDevice(new Device(description));

    public static Device device(string deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    public static Device device(DeviceType deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    public static Device device(int index) => new(DeviceType.CUDA, index);

    public static Device get_default_device() => s_default;

    public static void set_default_device(Device device) => s_default = device;

    public static void set_default_device(string device) => s_default = new Device(device);

    /// <summary>Whether this machine has such a device.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType switch
    {
        DeviceType.CPU or DeviceType.META => true,
        DeviceType.CUDA => cuda.is_available(),
        _ => false,
    };

    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType != DeviceType.CPU && !TryInitializeDeviceType(deviceType))
            throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine: libtorch sees no such device.");
    }

    /// <summary>The device itself, the default one for null.</summary>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public static Device InitializeDevice(Device? device)
    {
        device ??= s_default;
        InitializeDeviceType(device.type);
        return device;
    }

    public static partial class cuda
    {
        private static readonly Lazy<int> s_count = new(Native.rk_cuda_devices);

        public static bool is_available() => s_count.Value > 0;

        public static int device_count() => s_count.Value;

        public static bool is_cudnn_available() => is_available() && Native.rk_cudnn_available();

        public static void manual_seed(long seed)
        {
            if (is_available()) Native.Check(Native.rk_cuda_manual_seed(seed));
        }

        public static void manual_seed_all(long seed)
        {
            if (is_available()) Native.Check(Native.rk_cuda_manual_seed_all(seed));
        }

        /// <summary>Waits for all work on the device.</summary>
        public static void synchronize(Device? device = null)
        {
            InitializeDeviceType(DeviceType.CUDA);
            Native.Check(Native.rk_cuda_synchronize(device?.index ?? -1));
        }
    }

    public static bool cuda_is_available() => cuda.is_available();

    public static partial class backends
    {
        public static partial class cuda
        {
            public static partial class matmul
            {
                public static bool allow_tf32
                {
                    get => Native.rk_allow_tf32(cudnn: false);
                    set => Native.Check(Native.rk_set_allow_tf32(cudnn: false, value));
                }
            }
        }

        public static partial class cudnn
        {
            public static bool allow_tf32
            {
                get => Native.rk_allow_tf32(cudnn: true);
                set => Native.Check(Native.rk_set_allow_tf32(cudnn: true, value));
            }
        }
    }
}
