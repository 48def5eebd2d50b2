using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// A model says what it computes: logits, and the intermediates that a method asks to see. Parameters bear the names of the
/// Hugging Face checkpoint of the same architecture.
/// </summary>
public abstract class LanguageModel : nn.Module
{
    /// <summary>Names the module.</summary>
    protected LanguageModel(string name) : base(name) { }

    /// <summary>The shape of the model, as its <c>config.json</c> says it.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>Runs the model.</summary>
    /// <param name="batch">Token ids and lengths; labels and targets are not looked at.</param>
    /// <param name="observe">The intermediates to keep.</param>
    /// <param name="embedding">[B, T, D] output of the embedding block to use in place of <see cref="Embed"/>'s, so that a
    /// gradient can be taken at it; null to compute it.</param>
    /// <returns>Logits and the intermediates asked for, in the current dispose scope.</returns>
    /// <exception cref="KitException">A row is longer than the model allows.</exception>
    public abstract ModelOutput Forward(Batch batch, Observe observe = Observe.None, Tensor? embedding = null);

    /// <summary>The output of the whole embedding block, [B, T, D]: what the first layer reads.</summary>
    public abstract Tensor Embed(Batch batch);

    /// <summary>Number of trainable and frozen parameters, tied ones counted once.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());
}
