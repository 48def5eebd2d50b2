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

    /// <summary>The adapter, or null.</summary>
    public Adapter? Adapter { get; init; }

    /// <summary>The adapter's keys and values before the text, [1, K, n, d] of each layer; null where there are none. The mask has room for them.</summary>
    public IReadOnlyList<(Tensor Key, Tensor Value)>? Before { get; init; }

    /// <summary>Where to put every layer's keys and values, with their graph; null for nowhere.</summary>
    public List<(Tensor Key, Tensor Value)>? Kept { get; init; }

    /// <summary>A layer's queries, [B, T, k], from what its map reads and says.</summary>
    public Tensor Query(int layer, Tensor x, Tensor query) => Adapter is null ? query : Adapter.Beside(layer, Lora.Query, x, query);

    /// <summary>A layer's values, likewise.</summary>
    public Tensor Value(int layer, Tensor x, Tensor value) => Adapter is null ? value : Adapter.Beside(layer, Lora.Value, x, value);

    /// <summary>All that a layer's queries may look at: its keys and values, after those of the positions before.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="key">[B, K, T, d].</param>
    /// <param name="value">[B, K, T, d].</param>
    /// <returns>[B, K, S, d] each.</returns>
    public (Tensor Key, Tensor Value) Context(int layer, Tensor key, Tensor value)
    {
        Kept?.Add((key.MoveToOuterDisposeScope(), value.MoveToOuterDisposeScope()));
        if (Cache is not null) (key, value) = Cache.Append(layer, key, value);
        if (Before is null) return (key, value);
        Tensor Behind(Tensor before, Tensor x) => cat([before.expand(x.shape[0], -1, -1, -1), x], 2);
        return (Behind(Before[layer].Key, key), Behind(Before[layer].Value, value));
    }

    /// <summary>Dropout, or the tensor itself where the probability is 0.</summary>
    public static Tensor Drop(Tensor x, double probability) => probability > 0 ? nn.functional.dropout(x, probability) : x;
}
