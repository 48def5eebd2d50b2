using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>What every layer of one forward pass shares.</summary>
internal sealed class Pass
{
    /// <summary>Keeps what was asked for.</summary>
    public required Observer Seen { get; init; }

    /// <summary>Added to the attention scores, broadcast to [B, H, T, S]; null when everything may be seen.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>True when <see cref="Mask"/> is the causal one and nothing else.</summary>
    public bool IsCausal { get; init; }

    /// <summary>[B, T] places of the tokens in their rows; null where every row stands at 0..T-1.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>Probability on what a block adds to the residual stream; 0 outside training.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Probability on the attention probabilities; 0 outside training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Use libtorch's fused attention where no map is asked for.</summary>
    public bool Fused { get; init; }

    /// <summary>Keys and values of the positions before, when a text is being continued.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>The adapter beside the maps, or null.</summary>
    public Lora? Lora { get; init; }

    /// <summary>A layer's queries, [B, T, k], from what its map reads and says.</summary>
    public Tensor Query(int layer, Tensor x, Tensor query) => Lora is null ? query : Lora.Beside(layer, Lora.Query, x, query);

    /// <summary>A layer's values, likewise.</summary>
    public Tensor Value(int layer, Tensor x, Tensor value) => Lora is null ? value : Lora.Beside(layer, Lora.Value, x, value);

    /// <summary>Dropout, or the tensor itself where the probability is 0.</summary>
    public static Tensor Drop(Tensor x, double probability) => probability > 0 ? nn.functional.dropout(x, probability) : x;
}
