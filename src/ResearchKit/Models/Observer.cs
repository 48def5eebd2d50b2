using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// Keeps the intermediates that were asked for, by moving them out of the model's dispose scopes into the caller's.
/// What nobody asked for dies with the scope it was made in.
/// </summary>
internal sealed class Observer(Observe what)
{
    private readonly DisposeScope? _caller = CurrentDisposeScope;
    private readonly List<Tensor> _hidden = [], _attention = [], _scores = [];
    private readonly List<IReadOnlyDictionary<string, Tensor>> _matrices = [], _inputs = [];
    private Tensor? _embedding;

    public bool Wants(Observe one) => (what & one) != 0;

    /// <summary>The residual stream begins. A handed-in tensor stays where its owner keeps it.</summary>
    public Tensor Begin(Tensor embedding, bool injected)
    {
        _embedding = embedding;
        if (Wants(Observe.Embedding | Observe.Hidden | Observe.LowerHidden) && !injected) Keep(embedding);
        if (Wants(Observe.Hidden | Observe.LowerHidden)) _hidden.Add(embedding);
        return embedding;
    }

    /// <summary>The residual stream went through a layer. Without a graph the stream before it is now garbage: freed at once.</summary>
    public Tensor Layer(Tensor before, Tensor after, bool last)
    {
        if (Wants(Observe.Hidden) || (Wants(Observe.LowerHidden) && !last)) _hidden.Add(Keep(after));
        else if (!Wants(Observe.LowerHidden) && !ReferenceEquals(before, _embedding)) before.Dispose();
        return after;
    }

    public void Attention(Tensor probabilities)
    {
        if (Wants(Observe.Attention)) _attention.Add(Keep(probabilities));
    }

    public void Scores(Tensor scores)
    {
        if (Wants(Observe.Scores)) _scores.Add(Keep(scores));
    }

    /// <summary>What a layer's maps read: queries, keys and values; the output; the feed-forward block's first maps, and its last.</summary>
    public void Inputs(Tensor attention, Tensor output, Tensor up, Tensor down, bool gated = false)
    {
        if (!Wants(Observe.Inputs)) return;
        // What enters a layer is the caller's or this observer's already: an alias can be kept without taking it away from anyone.
        var read = Keep(attention.alias());
        var wide = Keep(up.alias());
        var inputs = new Dictionary<string, Tensor>
        {
            ["query"] = read,
            ["key"] = read,
            ["value"] = read,
            ["output"] = Keep(output.alias()),
            ["up"] = wide,
            ["down"] = Keep(down.alias()),
        };
        if (gated) inputs["gate"] = wide;
        _inputs.Add(inputs);
    }

    public void Matrices(Tensor query, Tensor key, Tensor value, Tensor output, Tensor up, Tensor down, Tensor? gate = null)
    {
        if (!Wants(Observe.Matrices)) return;
        var maps = new Dictionary<string, Tensor>
        {
            ["query"] = Keep(query),
            ["key"] = Keep(key),
            ["value"] = Keep(value),
            ["output"] = Keep(output),
            ["up"] = Keep(up),
            ["down"] = Keep(down),
        };
        if (gate is not null) maps["gate"] = Keep(gate);
        _matrices.Add(maps);
    }

    /// <summary>The end of the pass.</summary>
    public ModelOutput Output(Tensor logits) => new()
    {
        Logits = Keep(logits),
        Embedding = Wants(Observe.Embedding) ? _embedding : null,
        Hidden = _hidden,
        Attention = _attention,
        Matrices = _matrices,
        Scores = _scores,
        Inputs = _inputs,
    };

    private Tensor Keep(Tensor tensor) => tensor.MoveToOtherDisposeScope(_caller!);
}
