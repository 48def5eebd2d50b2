using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>One linear map of a model's layers as it is, whatever it is stored as: a weight, a transposed one, a third of a fused one, or two factors.</summary>
/// <remarks>What it gives are the model's own parameters or views of them, but for the product of two factors, which is made anew.</remarks>
public sealed class LinearMap
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly int? _third;

    /// <param name="name">The map's name in the checkpoint.</param>
    /// <param name="module">What computes it.</param>
    /// <param name="third">Which third of the outputs is this map's, where a module computes three; null where all are.</param>
    internal LinearMap(string name, nn.Module<Tensor, Tensor> module, int? third = null) => (Name, _module, _third) = (name, module, third);

    /// <summary>A name that no other map of the model has, e.g. <c>bert.encoder.layer.0.attention.self.query</c>.</summary>
    public string Name { get; }

    /// <summary>Width of what it reads.</summary>
    public int Inputs => (int)(_module switch
    {
        Linear linear => linear.weight!.shape[1],
        LowRankLinear factors => factors.down.shape[1],
        _ => ((Conv1D)_module).weight.shape[0],
    });

    /// <summary>Width of what it says.</summary>
    public int Outputs => (int)(_module switch
    {
        Linear linear => linear.weight!.shape[0],
        LowRankLinear factors => factors.up.shape[0],
        _ => ((Conv1D)_module).weight.shape[1] / (_third is null ? 1 : 3),
    });

    /// <summary>Down [r, inputs] and up [outputs, r], where the map is a product of two; else null.</summary>
    public (Tensor Down, Tensor Up)? Factors => _module is LowRankLinear factors ? (factors.down, factors.up) : null;

    /// <summary>r, or null of a map that is whole.</summary>
    public int? Rank => _module is LowRankLinear factors ? (int)factors.down.shape[0] : null;

    /// <summary>[outputs, inputs]: the parameter or a view of it, so that writing to it changes the model; of a factorised map the factors' product.</summary>
    public Tensor Weight => _module switch
    {
        Linear linear => linear.weight!,
        LowRankLinear factors => factors.up.matmul(factors.down),
        _ => Third(((Conv1D)_module).weight, 1).t(),
    };

    /// <summary>[outputs]: the parameter or a view of it; null where there is none.</summary>
    public Tensor? Bias => _module switch
    {
        Linear linear => linear.bias,
        LowRankLinear factors => factors.bias,
        _ => Third(((Conv1D)_module).bias, 0),
    };

    /// <summary>[..., inputs] to [..., outputs], with the bias.</summary>
    public Tensor Apply(Tensor x)
    {
        if (_third is null) return _module.call(x);
        using var scope = NewDisposeScope();
        return nn.functional.linear(x, Weight, Bias).MoveToOuterDisposeScope();
    }

    private Tensor Third(Tensor all, int dimension) => _third is { } third ? all.chunk(3, dimension)[third] : all;
}
