using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>x / √(mean x² + ε) · weight (Zhang and Sennrich, arXiv 1910.07467): a norm without mean and shift.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly double _epsilon;

    /// <summary>[width].</summary>
    public Parameter weight;

    public RmsNorm(int width, double epsilon, Device device, ScalarType type) : base(nameof(RmsNorm))
    {
        _epsilon = epsilon;
        weight = new Parameter(ones(width, dtype: type, device: device));
        RegisterComponents();
    }

    /// <summary>[..., width] to the same. Half precision is widened for the mean and narrowed before the weight, as the
    /// checkpoints' own code does.</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var wide = x.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;
        var normed = wide * (wide.pow(2).mean([-1], keepdim: true) + _epsilon).rsqrt();
        return (weight * normed.to(x.dtype)).MoveToOuterDisposeScope();
    }
}
