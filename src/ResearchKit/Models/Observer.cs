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
    private readonly List<Tensor> _hidden = [], _attention = [];
    private readonly List<IReadOnlyDictionary<string, Tensor>> _matrices = [];
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
    };

    private Tensor Keep(Tensor tensor) => tensor.MoveToOtherDisposeScope(_caller!);
}
