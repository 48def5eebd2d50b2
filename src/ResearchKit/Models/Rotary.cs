using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// Rotary positions (Su et al., arXiv 2104.09864): at position p the i-th pair of a head's units is turned by p θ_i. The pairs
/// are (i, i + d/2), Hugging Face's order; the paper's and llama2.c's (2i, 2i+1) is the same model with the rows of the query
/// and key maps in another order.
/// </summary>
/// <remarks>Angles are computed in single precision whatever the model's type, because that is how the checkpoints were trained:
/// a thousand tokens on, an exact angle would differ from theirs in the fourth digit.</remarks>
internal sealed class Rotary(LlamaConfig config) : IDisposable
{
    private Tensor? _frequencies; // [d/2], on the device that was last asked for
    private Tensor? _cos, _sin;   // [P, d/2] for the longest row seen so far; shorter ones are views of them

    /// <summary>The cosines and sines of some positions.</summary>
    /// <param name="positions">[B, T], or null for 0..T-1.</param>
    /// <param name="width">T.</param>
    /// <param name="like">What will be turned: device and type.</param>
    /// <returns>[T, d/2] or [B, 1, T, d/2] each, in the current dispose scope.</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor? positions, long width, Tensor like)
    {
        if (_frequencies is null || _frequencies.device_type != like.device_type || _frequencies.device_index != like.device_index)
        {
            Dispose();
            using var scope = NewDisposeScope();
            _frequencies = Frequencies().to(like.device).DetachFromDisposeScope();
        }
        if (positions is not null) return Turns(positions.unsqueeze(1), like.dtype);
        if (_cos is null || _sin is null || _cos.shape[0] < width || _cos.dtype != like.dtype)
        {
            _cos?.Dispose();
            _sin?.Dispose();
            using var scope = NewDisposeScope();
            long size = (width + 63) / 64 * 64; // so that rows growing by a token do not remake it each time
            (_cos, _sin) = Turns(arange(size, device: like.device), like.dtype);
            _cos.DetachFromDisposeScope();
            _sin.DetachFromDisposeScope();
        }
        return (_cos.narrow(0, 0, width), _sin.narrow(0, 0, width));
    }

    /// <summary>Turns queries or keys, [B, H, T, d].</summary>
    public static Tensor Turn(Tensor x, Tensor cos, Tensor sin)
    {
        var halves = x.chunk(2, -1);                                                     // 2 × [B, H, T, d/2]
        return cat([halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin], -1);
    }

    public void Dispose()
    {
        _frequencies?.Dispose();
        _cos?.Dispose();
        _sin?.Dispose();
        (_frequencies, _cos, _sin) = (null, null, null);
    }

    // [...] positions to [..., d/2] twice.
    private (Tensor, Tensor) Turns(Tensor positions, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var angles = positions.to(ScalarType.Float32).unsqueeze(-1) * _frequencies!;
        return (angles.cos().to(type).MoveToOuterDisposeScope(), angles.sin().to(type).MoveToOuterDisposeScope());
    }

    // [d/2] θ_i = base^(-2i/d), stretched for rows longer than those of the first training.
    private Tensor Frequencies()
    {
        var pairs = arange(0, config.HeadWidth, 2, dtype: ScalarType.Float32) / config.HeadWidth;
        var theta = 1 / tensor((float)config.RotaryBase).pow(pairs);
        if (config.RotaryScaling is not { } scaling) return theta;
        if (scaling.Type == "linear") return theta / scaling.Factor;

        // llama3 (the Llama 3.1 report, arXiv 2407.21783): slow turns are stretched, fast ones kept, and between the two mixed.
        var turns = scaling.OriginalLength * theta / (2 * Math.PI);                      // full turns in the first training's rows
        var kept = ((turns - scaling.LowFrequency) / (scaling.HighFrequency - scaling.LowFrequency)).clamp(0, 1);
        return theta / scaling.Factor * (1 - kept) + theta * kept;
    }
}
