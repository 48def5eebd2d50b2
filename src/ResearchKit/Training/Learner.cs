using ResearchKit.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Training;

/// <summary>One trained part with its buffers and its optimizer: the gradient is clipped by its own norm and stepped by itself.</summary>
public sealed class Learner : IDisposable
{
    private readonly double? _clip;
    private readonly double _rateFactor;

    /// <summary>Lays the part out; its modules stay as they are until <see cref="Attach"/>.</summary>
    /// <exception cref="KitException">Nothing of the part is trainable.</exception>
    public Learner(TrainedPart part, TrainSettings settings)
    {
        Parameters = new FlatParameters(part.Name, part.Parameters, settings.DecayAll);
        Optimizer = new AdamW(Parameters, settings.Beta1, settings.Beta2, settings.Epsilon, settings.WeightDecay);
        (_clip, _rateFactor) = (settings.Clip, part.LearningRateFactor);
    }

    /// <summary>The part's name.</summary>
    public string Name => Parameters.Name;

    /// <summary>Its values and gradients.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Its optimizer.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Makes the modules' parameters views of the buffers.</summary>
    public void Attach(IEnumerable<(string Name, Parameter Value)> parameters) => Parameters.Attach(parameters);

    /// <summary>Scalar on the part's device: the L2 norm of the whole gradient, before clipping.</summary>
    public Tensor GradientNorm() => Parameters.Gradient.norm();

    /// <summary>Clips as PyTorch's <c>clip_grad_norm_</c> (times max / (norm + 1e-6), never more than 1) and updates.</summary>
    /// <param name="rate">The schedule's rate; the part's factor is applied to it.</param>
    /// <param name="norm">The value of <see cref="GradientNorm"/>, which the caller has found finite.</param>
    public void Step(double rate, double norm)
    {
        if (_clip is { } clip && clip / (norm + 1e-6) is < 1 and var factor)
            using (no_grad()) Parameters.Gradient.mul_(factor);
        Optimizer.Step(rate * _rateFactor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        Parameters.Dispose();
    }
}
