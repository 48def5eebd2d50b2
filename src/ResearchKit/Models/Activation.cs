using static TorchSharp.torch;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace ResearchKit.Models;

/// <summary>The nonlinearity between the two maps of a feed-forward block.</summary>
public enum Activation
{
    /// <summary>x Φ(x), with the error function: BERT's (Hendrycks and Gimpel, arXiv 1606.08415).</summary>
    Gelu,

    /// <summary>The tanh approximation of <see cref="Gelu"/>: GPT-2's.</summary>
    GeluTanh,

    /// <summary>max(x, 0): OPT's.</summary>
    Relu,

    /// <summary>x σ(x), also called swish: LLaMA's.</summary>
    Silu,
}

/// <summary>The names that Hugging Face gives to activations, and the functions.</summary>
internal static class Activations
{
    /// <summary>The activation of a name in <c>config.json</c>.</summary>
    public static Activation Read(ConfigKeys keys, string key, string fallback) => keys.Text(key, fallback) switch
    {
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        "silu" or "swish" => Activation.Silu,
        var other => throw new KitException($"'{keys.Source}': '{key}' is '{other}'; the kit computes gelu, gelu_new, gelu_pytorch_tanh, relu and silu."),
    };

    /// <summary>The name for <c>config.json</c>.</summary>
    public static string Name(this Activation activation) => activation switch
    {
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_new",
        Activation.Silu => "silu",
        _ => "relu",
    };

    /// <summary>Applies the activation, element by element.</summary>
    public static Tensor Apply(this Activation activation, Tensor x) => activation switch
    {
        Activation.Gelu => nn.functional.gelu(x),
        Activation.GeluTanh => nn.functional.gelu(x, Approximate.tanh),
        Activation.Silu => nn.functional.silu(x),
        _ => nn.functional.relu(x),
    };
}
