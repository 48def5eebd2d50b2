using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>The mask that hides the future, kept for the longest row seen so far; shorter ones are views of it.</summary>
internal sealed class CausalMask : IDisposable
{
    private Tensor? _mask;

    /// <summary>[T, T], 0 on and below the diagonal, <see cref="Attention.Hidden"/> above. In the current dispose scope.</summary>
    public Tensor Of(long length, Device device, ScalarType type)
    {
        if (_mask is null || _mask.shape[0] < length || _mask.dtype != type
            || _mask.device_type != device.type || _mask.device_index != device.index)
        {
            _mask?.Dispose();
            long size = (length + 63) / 64 * 64; // so that rows growing by a token do not remake it each time
            using var all = full([size, size], Attention.Hidden(type), dtype: type, device: device);
            _mask = all.triu(1).DetachFromDisposeScope();
        }
        return _mask.narrow(0, 0, length).narrow(1, 0, length);
    }

    public void Dispose() => _mask?.Dispose();
}
