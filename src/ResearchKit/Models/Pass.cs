using TorchSharp;
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

    /// <summary>Probability on what a block adds to the residual stream; 0 outside training.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Probability on the attention probabilities; 0 outside training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Use libtorch's fused attention where no map is asked for.</summary>
    public bool Fused { get; init; }

    /// <summary>Keys and values of the positions before, when a text is being continued.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>Dropout, or the tensor itself where the probability is 0.</summary>
    public static Tensor Drop(Tensor x, double probability) => probability > 0 ? nn.functional.dropout(x, probability) : x;
}

/// <summary>
/// Keeps the intermediates that were asked for, by moving them out of the model's dispose scopes into the caller's.
/// What nobody asked for dies with the scope it was made in.
/// </summary>
internal sealed class Observer(Observe what)
{
    private readonly DisposeScope? _caller = CurrentDisposeScope;
    private readonly List<Tensor> _hidden = [], _attention = [];
    private readonly List<IReadOnlyDictionary<string, Tensor>> _matrices = [];
    private Tensor? _embedding;

    public bool Wants(Observe one) => (what & one) != 0;

    /// <summary>The residual stream begins. A handed-in tensor stays where its owner keeps it.</summary>
    public Tensor Begin(Tensor embedding, bool injected)
    {
        _embedding = embedding;
        if (Wants(Observe.Embedding | Observe.Hidden) && !injected) Keep(embedding);
        if (Wants(Observe.Hidden)) _hidden.Add(embedding);
        return embedding;
    }

    /// <summary>The residual stream went through a layer. Without a graph the stream before it is now garbage: freed at once.</summary>
    public Tensor Layer(Tensor before, Tensor after)
    {
        if (Wants(Observe.Hidden)) _hidden.Add(Keep(after));
        else if (!ReferenceEquals(before, _embedding)) before.Dispose();
        return after;
    }

    public void Attention(Tensor probabilities)
    {
        if (Wants(Observe.Attention)) _attention.Add(Keep(probabilities));
    }

    public void Matrices(Tensor query, Tensor key, Tensor value, Tensor output, Tensor up, Tensor down)
    {
        if (!Wants(Observe.Matrices)) return;
        _matrices.Add(new Dictionary<string, Tensor>
        {
            ["query"] = Keep(query), ["key"] = Keep(key), ["value"] = Keep(value),
            ["output"] = Keep(output), ["up"] = Keep(up), ["down"] = Keep(down),
        });
    }

    /// <summary>The end of the pass.</summary>
    public ModelOutput Output(Tensor logits) => new()
    {
        Logits = Keep(logits),
        Embedding = Wants(Observe.Embedding) ? _embedding : null,
        Hidden = _hidden,
        Attention = _attention,
        Matrices = _matrices,
    };

    private Tensor Keep(Tensor tensor) => tensor.MoveToOtherDisposeScope(_caller!);
}
