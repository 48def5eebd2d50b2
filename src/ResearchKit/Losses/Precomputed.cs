using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>A scalar whose gradients are known already: backward multiplies them by the gradient that reaches the scalar.</summary>
/// <remarks>
/// A function of one's own rather than a sum like Σ x·g, which has the same derivative but has to read x, and is NaN where a logit
/// is −∞. Its backward only multiplies, so nothing in it can throw, which would end the process.
/// </remarks>
internal sealed class Precomputed : autograd.SingleTensorFunction<Precomputed>
{
    /// <inheritdoc/>
    public override string Name => nameof(Precomputed);

    /// <summary>The value with a graph to the inputs.</summary>
    /// <param name="value">The scalar, without a graph.</param>
    /// <param name="pairs">At most 14 tensors and the gradients at them; the gradient may be of a wider type.</param>
    public static Tensor Of(Tensor value, IEnumerable<(Tensor Input, Tensor Gradient)> pairs)
    {
        var list = pairs.ToArray();
        return apply([value, list.Select(p => p.Gradient).ToList(), .. list.Select(p => p.Input)]);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward((List<Tensor>)vars[1]);
        ctx.save_data("types", Array.ConvertAll(vars[2..], v => ((Tensor)v).dtype));
        return ((Tensor)vars[0]).clone();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var types = (ScalarType[])ctx.get_data("types")!;
        return [null!, null!, .. ctx.get_saved_variables().Zip(types, (g, type) => (g * grad_output).to(type))];
    }
}
