using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary><c>op-add</c>: 10,000 additions of two vectors of 16 floats without a graph. It measures what a call costs, not what an addition costs.</summary>
public sealed class AddWorkload(Setting setting) : Workload
{
    private const int Additions = 10_000;
    private readonly Tensor _left = randn([16], device: device(setting.Device)), _right = randn([16], device: device(setting.Device));

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
        if (_left.device.type == TorchSharp.DeviceType.CUDA) cuda.synchronize();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
    }
}
