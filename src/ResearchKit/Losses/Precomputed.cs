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
    /// <param name="pairs">At most 13 tensors and the gradients at them; the gradient may be of a wider type.</param>
    /// <param name="scale">Of the gradients.</param>
    public static Tensor Of(Tensor value, IEnumerable<(Tensor Input, Tensor Gradient)> pairs, double scale)
    {
        var list = pairs.ToArray();
        return apply([value, list.Select(p => p.Gradient).ToList(), scale, .. list.Select(p => p.Input)]);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward((List<Tensor>)vars[1]);
        ctx.save_data("types", Array.ConvertAll(vars[3..], v => ((Tensor)v).dtype));
        ctx.save_data("scale", vars[2]);
        return ((Tensor)vars[0]).clone();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var types = (ScalarType[])ctx.get_data("types")!;
        var factor = grad_output * (double)ctx.get_data("scale")!;
        return [null!, null!, null!, .. ctx.get_saved_variables().Zip(types, (g, type) => (g * factor).to(type))];
    }
}
