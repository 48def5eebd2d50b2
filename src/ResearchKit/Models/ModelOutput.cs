using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>The intermediates a forward pass keeps. Nothing is kept that nobody asked for.</summary>
[Flags]
public enum Observe
{
    /// <summary>The logits alone.</summary>
    None = 0,

    /// <summary>The output of the embedding block, the input of the first layer.</summary>
    Embedding = 1,

    /// <summary>The residual stream after the embedding block and after every layer, L+1 tensors.</summary>
    Hidden = 2,

    /// <summary>Attention probabilities of every layer (before dropout).</summary>
    Attention = 4,

    /// <summary>The outputs of every linear map of every layer.</summary>
    Matrices = 8,

    /// <summary>The residual stream but for its end: L tensors, without the state after the last layer. An encoder of classes
    /// then computes the last layer for the first token alone.</summary>
    LowerHidden = 16,

    /// <summary>Attention scores of every layer: scaled, and before mask and softmax.</summary>
    Scores = 32,

    /// <summary>What every linear map of every layer reads.</summary>
    Inputs = 64,

    /// <summary>Of a decoder whose batch has targets, the logits of the scored positions and no others: the last map, as wide as the vocabulary, is not computed for prompts and
    /// padding.</summary>
    ScoredLogits = 128,
}

/// <summary>Logits, and what was asked for beside them. B rows, T positions, D width, H heads, L layers.</summary>
public sealed class ModelOutput
{
    /// <summary>[B, T, V] token logits of a decoder, or [N, V] with <see cref="Observe.ScoredLogits"/>; of an encoder what its <see cref="EncoderHead"/> says, [B, C] for classes.</summary>
    public required Tensor Logits { get; init; }

    /// <summary>[N, V]: a decoder's logits at the scored positions of a batch, whether or not there are others.</summary>
    /// <param name="batch">The batch that this is the output of.</param>
    public Tensor ScoredLogits(Batch batch) => Logits.dim() == 2 ? Logits : batch.AtScored(Logits);

    /// <summary>[B, T, D], with <see cref="Observe.Embedding"/>.</summary>
    public Tensor? Embedding { get; init; }

    /// <summary>L+1 tensors [B, T, D], with <see cref="Observe.Hidden"/>, or the first L of them, with <see cref="Observe.LowerHidden"/>;
    /// index 0 is the embedding output.</summary>
    public IReadOnlyList<Tensor> Hidden { get; init; } = [];

    /// <summary>L tensors [B, H, T, T], rows summing to one, with <see cref="Observe.Attention"/>.</summary>
    public IReadOnlyList<Tensor> Attention { get; init; } = [];

    /// <summary>L tensors [B, H, T, T], q·k/√d, with <see cref="Observe.Scores"/>: nothing is masked, neither padding nor what comes later.</summary>
    public IReadOnlyList<Tensor> Scores { get; init; } = [];

    /// <summary>Per layer, with <see cref="Observe.Inputs"/>: what each map of <see cref="Matrices"/> reads, under the map's name; maps that read
    /// the same have the same tensor.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, Tensor>> Inputs { get; init; } = [];

    /// <summary>Per layer, with <see cref="Observe.Matrices"/>: <c>query</c>, <c>key</c>, <c>value</c> (before any rotation; the
    /// last two narrower where heads share them), <c>output</c> [B, T, D], <c>up</c> [B, T, F] (before the activation) and
    /// <c>down</c> [B, T, D], each with its bias; LLaMA's also <c>gate</c> [B, T, F] (before the activation).</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, Tensor>> Matrices { get; init; } = [];

    /// <summary>The same numbers without their graph, in the current dispose scope.</summary>
    internal ModelOutput Detached()
    {
        return new()
        {
            Logits = Logits.detach(),
            Embedding = Embedding?.detach(),
            Hidden = [.. Hidden.Select(t => t.detach())],
            Attention = [.. Attention.Select(t => t.detach())],
            Scores = [.. Scores.Select(t => t.detach())],
            Inputs = [.. Inputs.Select(Of)],
            Matrices = [.. Matrices.Select(Of)],
        };

        static IReadOnlyDictionary<string, Tensor> Of(IReadOnlyDictionary<string, Tensor> maps) => maps.ToDictionary(m => m.Key, m => m.Value.detach());
    }
}
