using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>A linear map as two factors, y = up (down x) + bias: r (inputs + outputs) numbers in place of inputs · outputs.</summary>
internal sealed class LowRankLinear : nn.Module<Tensor, Tensor>
{
    /// <summary>[r, inputs]; of no value until it is drawn, computed or loaded.</summary>
    public Parameter down;

    /// <summary>[outputs, r]; likewise.</summary>
    public Parameter up;

    /// <summary>[outputs], or null.</summary>
    public Parameter? bias;

    public LowRankLinear(int inputs, int outputs, int rank, Device device, ScalarType type, bool hasBias) : base(nameof(LowRankLinear))
    {
        down = new Parameter(empty(rank, inputs, dtype: type, device: device));
        up = new Parameter(empty(outputs, rank, dtype: type, device: device));
        if (hasBias) bias = new Parameter(zeros(outputs, dtype: type, device: device));
        RegisterComponents();
    }

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor x)
    {
        using var narrow = nn.functional.linear(x, down);                                  // [..., r]
        return nn.functional.linear(narrow, up, bias);
    }
}
