using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Analysis;

/// <summary>The real tokens of a batch, one below the other in double precision. Lives in the scope that it is made in.</summary>
internal sealed class RealTokens(Batch batch)
{
    private readonly Tensor? _rows = batch.IsFull ? null : batch.Mask.flatten().nonzero().flatten();   // [N]

    /// <summary>How many, N.</summary>
    public long Count { get; } = batch.Count(Unit.Token);

    /// <summary>[B, T, ...] to [N, ...], float64.</summary>
    public Tensor Of(Tensor x)
    {
        using var scope = NewDisposeScope();
        var flat = x.detach().flatten(0, 1);
        return (_rows is null ? flat : flat.index_select(0, _rows)).to(ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
