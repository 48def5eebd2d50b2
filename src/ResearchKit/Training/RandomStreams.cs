using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>
/// Random numbers that depend on a seed and a step, and on nothing that happened before. A resumed run then draws what the
/// uninterrupted one drew, on the CPU and on a GPU alike (whose generator has no readable state in TorchSharp), and an
/// evaluation between two steps disturbs nothing.
/// </summary>
public static class RandomStreams
{
    /// <summary>Seeds libtorch's own generators, which dropout and initialisation draw from.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="device">Where the numbers will be drawn; the CPU is always seeded.</param>
    public static void SeedGlobal(ulong seed, Device device)
    {
        using var generator = new Generator(seed);
        using var state = generator.get_state();
        set_rng_state(state);
        if (device.type == DeviceType.CUDA) cuda.manual_seed_all((long)(seed >> 1));   // torch.manual_seed would leave the GPU's alone
    }

    /// <summary>A generator for one step. It lives on the CPU, the only kind that TorchSharp makes.</summary>
    public static Generator For(int seed, long step) => new(Mix(seed, step));

    /// <summary>One number from a seed and a step, as unlike its neighbours as can be (the finaliser of SplitMix64, Steele et al. 2014).</summary>
    public static ulong Mix(int seed, long step)
    {
        ulong z = ((ulong)(uint)seed << 32) ^ (ulong)step;
        for (int round = 0; round < 2; round++)
        {
            z += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
        }
        return z;
    }
}
