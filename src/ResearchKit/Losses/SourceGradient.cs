using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>Gives one source's logits chunk by chunk, and collects the gradients of what they are made from.</summary>
internal sealed class SourceGradient(LogitSource source)
{
    private Tensor? _input, _weight, _bias;

    /// <summary>[N, V] logits or [N, D] hidden states, with the graph they came with.</summary>
    public Tensor Flat { get; } = source.Input.reshape(-1, source.Input.shape[^1]);

    /// <summary>Whether anything here has a gradient to get.</summary>
    public bool Wanted => Flat.requires_grad || source.Weight?.requires_grad == true || source.Bias?.requires_grad == true;

    /// <summary>Makes room for the gradients.</summary>
    /// <param name="all">Whether every position is in some chunk; else the gradient is 0 where no chunk will come.</param>
    public void Begin(bool all)
    {
        if (Flat.requires_grad) _input = all ? empty_like(Flat, requires_grad: false) : zeros_like(Flat, requires_grad: false);
        // Sums over all chunks, so in single precision at least.
        if (source.Weight is { requires_grad: true } weight) _weight = zeros_like(Precision.Widen(weight), requires_grad: false);
        if (source.Bias is { requires_grad: true } bias) _bias = zeros_like(Precision.Widen(bias), requires_grad: false);
    }

    /// <summary>[n, V] logits of a chunk, without a graph.</summary>
    public Tensor Logits(Positions positions)
    {
        var x = positions.Of(Flat.detach());
        return source.Weight is null ? x.detach() : nn.functional.linear(x, source.Weight.detach(), source.Bias?.detach());
    }

    /// <summary>Adds what a chunk's logits contribute.</summary>
    /// <param name="positions">The chunk.</param>
    /// <param name="gradient">[n, V] at its logits, in their type.</param>
    public void Add(Positions positions, Tensor gradient)
    {
        if (_input is not null) positions.Put(_input, source.Weight is null ? gradient : gradient.matmul(source.Weight.detach()));
        if (_weight is not null)
        {
            var x = positions.Of(Flat.detach());
            if (_weight.dtype == gradient.dtype) _weight.addmm_(gradient.t(), x);
            else _weight.add_(gradient.t().matmul(x));
        }
        _bias?.add_(gradient.sum([0]));   // a bare 0 would be read as an element type
    }

    /// <summary>The tensors with a graph, each with the gradient at it.</summary>
    public IEnumerable<(Tensor Input, Tensor Gradient)> Pairs =>
        new[] { (Flat, _input), (source.Weight!, _weight), (source.Bias!, _bias) }.Where(p => p.Item2 is not null).Select(p => (p.Item1, p.Item2!));
}
