using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module registers as one of its own when it stands in a field.</summary>
public class Parameter : Tensor
{
    /// <summary>Takes the tensor over, with its place in its dispose scope. The object given is invalid afterwards.</summary>
    public Parameter(Tensor data, bool requires_grad = true) : base(data.with_requires_grad(requires_grad).MoveHandle(), register: false) =>
        DisposeScope.ReplaceWith(data, this);

    internal Parameter(nint handle) : base(handle) { }
}
