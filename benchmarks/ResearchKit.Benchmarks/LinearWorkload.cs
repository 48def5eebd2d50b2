using static TorchSharp.torch;

namespace ResearchKit.Benchmarks;

/// <summary>
/// <c>op-linear</c>: y = x Wᵀ + b with x [1024, 256] and W [1024, 256], then backward with a fixed gradient [1024, 1024] to x, W and b.
/// Three matrix products of 2·1024·1024·256 operations: it measures whether the runtime gets in the BLAS's way.
/// </summary>
public sealed class LinearWorkload(Setting setting) : Workload
{
    private readonly Tensor _input = randn([1024, 256], device: device(setting.Device)).requires_grad_();
    private readonly Tensor _weight = randn([1024, 256], device: device(setting.Device)).requires_grad_();
    private readonly Tensor _bias = randn([1024], device: device(setting.Device)).requires_grad_();
    private readonly Tensor _gradient = randn([1024, 1024], device: device(setting.Device));

    /// <inheritdoc/>
    public override string Name => "op-linear";

    /// <inheritdoc/>
    public override long UnitsPerStep => 1024;

    /// <inheritdoc/>
    public override void Step()
    {
        using var scope = NewDisposeScope();
        _input.grad = null;
        _weight.grad = null;
        _bias.grad = null;
        nn.functional.linear(_input, _weight, _bias).backward([_gradient]);
        if (_input.device.type == TorchSharp.DeviceType.CUDA) cuda.synchronize();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _input.Dispose();
        _weight.Dispose();
        _bias.Dispose();
        _gradient.Dispose();
    }
}
