using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>Half precision holds neither a vocabulary's probabilities nor a sum over them: losses are computed in single
/// precision at least.</summary>
internal static class Precision
{
    /// <summary>The tensor in single precision where it is in half; in double where it is in double.</summary>
    public static Tensor Widen(Tensor x) => x.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;

    /// <summary>log softmax(x/τ) over the last dimension, widened.</summary>
    public static Tensor LogSoftmax(Tensor x, double temperature)
    {
        var wide = Widen(x);
        return (temperature == 1 ? wide : wide / temperature).log_softmax(-1);
    }

    /// <summary>Throws unless the temperature is a positive number.</summary>
    public static void RequireTemperature(double temperature)
    {
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw new KitException($"The temperature is {temperature}; it must be a number above 0.");
    }
}
