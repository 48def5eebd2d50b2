using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>A linear map whose weight is stored [inputs, outputs], as GPT-2's checkpoints do (Hugging Face calls it Conv1D).</summary>
internal sealed class Conv1D : nn.Module<Tensor, Tensor>
{
    /// <summary>[inputs, outputs]; of no value until it is drawn or loaded.</summary>
    public Parameter weight;

    /// <summary>[outputs].</summary>
    public Parameter bias;

    public Conv1D(int inputs, int outputs, Device device, ScalarType type) : base(nameof(Conv1D))
    {
        weight = new Parameter(empty(inputs, outputs, dtype: type, device: device));
        bias = new Parameter(zeros(outputs, dtype: type, device: device));
        RegisterComponents();
    }

    /// <summary>[..., inputs] to [..., outputs]. The transpose is a view: the product reads the weight as it lies.</summary>
    public override Tensor forward(Tensor x)
    {
        using var transposed = weight.t();
        return nn.functional.linear(x, transposed, bias);
    }
}
