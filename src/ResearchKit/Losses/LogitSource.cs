using static TorchSharp.torch;

namespace ResearchKit.Losses;

/// <summary>
/// Where a chunked loss gets logits from: they are given as they are, or as the hidden states and the last linear map that
/// give them, so that those of a whole batch never exist. A tensor of logits converts to one.
/// </summary>
public sealed class LogitSource
{
    private LogitSource(Tensor input, Tensor? weight, Tensor? bias, long vocabulary) =>
        (Input, Weight, Bias, Shape) = (input, weight, bias, [.. input.shape[..^1], vocabulary]);

    /// <summary>Logits that exist.</summary>
    /// <param name="logits">[..., V].</param>
    public static LogitSource Of(Tensor logits) => new(logits, null, null, logits.shape[^1]);

    /// <summary>hidden · weightᵀ + bias.</summary>
    /// <param name="hidden">[..., D]: what the last map reads (for GPT-2 and LLaMA, after the last norm).</param>
    /// <param name="weight">[V, D].</param>
    /// <param name="bias">[V] or null.</param>
    /// <exception cref="ArgumentException">The shapes do not belong together.</exception>
    public static LogitSource Of(Tensor hidden, Tensor weight, Tensor? bias = null)
    {
        if (weight.dim() != 2 || hidden.shape[^1] != weight.shape[1])
            throw new ArgumentException($"For hidden states [{string.Join(", ", hidden.shape)}] the map must be [V, {hidden.shape[^1]}], got [{string.Join(", ", weight.shape)}].", nameof(weight));
        if (bias is not null && !bias.shape.AsSpan().SequenceEqual([weight.shape[0]]))
            throw new ArgumentException($"The bias must be [{weight.shape[0]}], got [{string.Join(", ", bias.shape)}].", nameof(bias));
        return new(hidden, weight, bias, weight.shape[0]);
    }

    /// <summary>Logits that exist.</summary>
    public static implicit operator LogitSource(Tensor logits) => Of(logits);

    /// <summary>[..., V] of the logits.</summary>
    internal long[] Shape { get; }

    internal Tensor Input { get; }

    internal Tensor? Weight { get; }

    internal Tensor? Bias { get; }
}
