using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Tensors;

/// <summary>From a device's name in a recipe to the device.</summary>
public static class Devices
{
    /// <summary>Finds a device.</summary>
    /// <param name="name"><c>auto</c> (the first GPU, else the CPU), <c>cpu</c>, <c>cuda</c>, or <c>cuda:</c> and a number.</param>
    /// <exception cref="KitException">The name is none of these, or there is no such device.</exception>
    public static Device Resolve(string name)
    {
        switch (name)
        {
            case "cpu": return CPU;
            case "auto" when !HasGpu(): return CPU;
            case "auto" or "cuda": name = "cuda:0"; break;
        }
        if (!name.StartsWith("cuda:", StringComparison.Ordinal) || !int.TryParse(name.AsSpan(5), System.Globalization.NumberStyles.None, null, out int index))
            throw new KitException($"Unknown device '{name}', expected auto, cpu, cuda or cuda:N.");
        int count = HasGpu() ? cuda.device_count() : 0;
        if (index >= count)
            throw new KitException($"Device '{name}' is not there: libtorch sees {count} GPU{(count == 1 ? "" : "s")} here. Use 'cpu' or 'auto', or see './kit doctor'.");
        return new Device(DeviceType.CUDA, index);
    }

    /// <summary>The device in words, with what computes on it: <c>cpu, 2 threads, libtorch 1.13</c>.</summary>
    public static string Describe(Device device) =>
        $"{device}{(device.type == DeviceType.CPU ? $", {get_num_threads()} thread{(get_num_threads() == 1 ? "" : "s")}" : "")}, libtorch {__version__}";

    /// <summary>The device as a reader knows it.</summary>
    internal static string Name(Device device) => device.type == DeviceType.CPU ? "this machine" : $"the GPU ({device})";

    private static bool HasGpu() => cuda.is_available();
}
