using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary><c>op-add</c>: 10,000 additions of two vectors of 16 floats without a graph. It measures what a call costs, not what an addition costs.</summary>
public sealed class AddWorkload : Workload
{
    private const int Additions = 10_000;
    private readonly Tensor _left = randn(16), _right = randn(16);

    /// <inheritdoc/>
    public override string Name => "op-add";

    /// <inheritdoc/>
    public override long UnitsPerStep => Additions;

    /// <inheritdoc/>
    public override void Step()
    {
        for (int i = 0; i < Additions; i++)
        {
            using var sum = _left + _right;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
    }
}
