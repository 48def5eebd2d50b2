using static TorchSharp.torch;

namespace ResearchKit.Tests;

/// <summary>Random tensors that are the same in every run, whatever the tests beside this one draw.</summary>
internal static class Seeded
{
    /// <summary>Standard normal numbers in single precision, in the current dispose scope.</summary>
    public static Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, dtype: ScalarType.Float32, generator: generator);
    }
}
