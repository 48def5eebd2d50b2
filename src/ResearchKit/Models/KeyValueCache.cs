using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>
/// Keys and values of the tokens read so far, for every layer. Allocated once to the full length and written in place, so
/// that a step costs one token's work and no copying.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys, _values; // per layer [B, K, M, d]
    private readonly Tensor? _padding;        // [B, 1, 1, M], or null where no prompt is padded
    private readonly Tensor _firstPosition;   // [B]: minus the padding before the row
    private readonly int _positions;

    /// <summary>Allocates the cache.</summary>
    /// <param name="config">The model's shape; K heads of keys and values.</param>
    /// <param name="prompts">The rows to be continued.</param>
    /// <param name="capacity">Longest total length, M: prompt and continuation, padding included.</param>
    /// <param name="type">Type of the model's activations.</param>
    public KeyValueCache(ModelConfig config, Batch prompts, int capacity, ScalarType type)
    {
        if (!prompts.PaddedLeft && !prompts.IsFull)
            throw new ArgumentException(
                "Prompts must be padded on the left: what is generated follows the last token of each.", nameof(prompts));
        Capacity = capacity;
        _positions = config.MaxLength;
        var device = prompts.Ids.device;
        long[] shape = [prompts.Rows, config.KeyValueHeads, capacity, config.HeadWidth];
        Tensor Make() => empty(shape, dtype: type, device: device).DetachFromDisposeScope();
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => Make())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => Make())];

        using var scope = NewDisposeScope();
        var pads = prompts.Lengths.Select(l => prompts.Width - l).ToArray();
        _firstPosition = tensor(pads, device: device).neg().DetachFromDisposeScope();
        if (prompts.IsFull) return;
        _padding = zeros([prompts.Rows, capacity], dtype: type, device: device)
            .masked_fill_(arange(capacity, device: device).lt(tensor(pads, device: device).unsqueeze(1)), Attention.Hidden(type))
            .view(prompts.Rows, 1, 1, capacity).DetachFromDisposeScope();
    }

    /// <summary>Positions there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Positions written, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>[B, 1] positions of the next token of each row. A row that has come to the model's last one stays there: it only
    /// keeps the others company.</summary>
    internal Tensor NextPosition => (_firstPosition + Length).clamp_max(_positions - 1).unsqueeze(1);

    /// <summary>The mask for one more token: padding before the rows; null where there is none.</summary>
    internal Tensor? NextMask => _padding?.narrow(3, 0, Length + 1);

    /// <summary>Writes a layer's keys and values behind those it has, and gives all of them.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="key">[B, K, n, d].</param>
    /// <param name="value">[B, K, n, d].</param>
    internal (Tensor Key, Tensor Value) Append(int layer, Tensor key, Tensor value)
    {
        long n = key.shape[2];
        _keys[layer].narrow(2, Length, n).copy_(key);
        _values[layer].narrow(2, Length, n).copy_(value);
        return (_keys[layer].narrow(2, 0, Length + n), _values[layer].narrow(2, 0, Length + n));
    }

    /// <summary>An adapter's keys and values before the text, made once for the whole continuation; null where there are none.</summary>
    internal IReadOnlyList<(Tensor Key, Tensor Value)>? Before { get; private set; }

    /// <summary>Takes them over.</summary>
    internal void Keep(IReadOnlyList<(Tensor Key, Tensor Value)>? before)
    {
        Before = before;
        foreach (var (key, value) in before ?? [])
        {
            key.DetachFromDisposeScope();
            value.DetachFromDisposeScope();
        }
    }

    /// <summary>Every layer has written n tokens.</summary>
    internal void Advance(long n) => Length += (int)n;

    /// <summary>Throws when n more tokens do not fit.</summary>
    internal void Require(long n)
    {
        if (Length + n > Capacity)
            throw new InvalidOperationException($"The cache holds {Length} of {Capacity} positions; {n} more do not fit.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var t in _keys) t.Dispose();
        foreach (var t in _values) t.Dispose();
        foreach (var (key, value) in Before ?? [])
        {
            key.Dispose();
            value.Dispose();
        }
        _padding?.Dispose();
        _firstPosition.Dispose();
    }
}
