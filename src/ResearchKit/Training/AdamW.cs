using ResearchKit.Tensors;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", algorithm 2) on flat buffers, with the
/// reductions and the order of operations of PyTorch's <c>torch.optim.AdamW</c>:
/// <code>
/// θ ← θ − η λ θ                                    on the decaying prefix
/// m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
/// θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
/// </code>
/// Ten calls a step, whatever the number of parameters.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly double _beta1, _beta2, _epsilon, _decay;
    private readonly Tensor? _decayed;

    /// <summary>Makes the optimizer with zero moments.</summary>
    /// <param name="parameters">What it trains; stays the caller's.</param>
    /// <param name="beta1">Decay of the first moment, 0 ≤ β₁ &lt; 1.</param>
    /// <param name="beta2">Decay of the second moment, 0 ≤ β₂ &lt; 1.</param>
    /// <param name="epsilon">ε, added to the root of the second moment.</param>
    /// <param name="decay">λ, the weight decay of <see cref="FlatParameters.DecayLength"/>'s prefix.</param>
    public AdamW(FlatParameters parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double decay = 0.01)
    {
        (_parameters, _beta1, _beta2, _epsilon, _decay) = (parameters, beta1, beta2, epsilon, decay);
        Moment1 = zeros_like(parameters.Values).DetachFromDisposeScope();
        Moment2 = zeros_like(parameters.Values).DetachFromDisposeScope();
        if (decay != 0 && parameters.DecayLength > 0)
            _decayed = parameters.Values.narrow(0, 0, parameters.DecayLength).DetachFromDisposeScope();
    }

    /// <summary>Bytes of the moments.</summary>
    internal long Bytes => 2 * Moment1.numel() * Moment1.element_size();

    /// <summary>Steps made, t; settable when a checkpoint is loaded.</summary>
    public long Steps { get; set; }

    /// <summary>[Length]: m, the mean of the gradient.</summary>
    public Tensor Moment1 { get; }

    /// <summary>[Length]: v, the mean of its square.</summary>
    public Tensor Moment2 { get; }

    /// <summary>One update from <see cref="FlatParameters.Gradient"/>.</summary>
    /// <param name="rate">η, the learning rate of this step.</param>
    public void Step(double rate)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Steps++;
        double correction1 = 1 - Math.Pow(_beta1, Steps), correction2 = 1 - Math.Pow(_beta2, Steps);
        var gradient = _parameters.Gradient;

        _decayed?.mul_(1 - rate * _decay);
        Moment1.mul_(_beta1).add_(gradient, alpha: 1 - _beta1);
        Moment2.mul_(_beta2).addcmul_(gradient, gradient, value: 1 - _beta2);
        var denominator = Moment2.sqrt().div_(Math.Sqrt(correction2)).add_(_epsilon);
        _parameters.Values.addcdiv_(Moment1, denominator, value: -rate / correction1);
        _parameters.Publish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Moment1.Dispose();
        Moment2.Dispose();
        _decayed?.Dispose();
    }
}
