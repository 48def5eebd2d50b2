using TorchSharp;
using static TorchSharp.torch;

namespace ResearchKit.Models;

/// <summary>What a loss is a mean over; gradient accumulation weights each micro-batch by its count of that unit.</summary>
public enum Unit
{
    /// <summary>One row of the batch: a sentence, a pair, a document.</summary>
    Example,

    /// <summary>One real (unpadded) token.</summary>
    Token,

    /// <summary>One scored target position (<see cref="Batch.Targets"/> not <see cref="Batch.Ignored"/>).</summary>
    Target,
}

/// <summary>
/// Rows of tokens, padded to one length, on one device. Masks come from lengths, never from comparing tokens with a padding id.
/// </summary>
/// <remarks>
/// The batch owns its tensors and detaches them from any dispose scope; dispose it when the step is done.
/// B rows, T positions. Rows are padded on the right unless <see cref="PaddedLeft"/> (prompts of a batch to be continued).
/// </remarks>
public sealed class Batch : IDisposable
{
    /// <summary>The target value of positions that are not scored.</summary>
    public const long Ignored = -100;

    private Tensor? _mask;

    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="ids">[B, T] int64 token ids.</param>
    /// <param name="lengths">Real tokens per row, B numbers, each in 1..T.</param>
    /// <param name="segments">[B, T] int64 segment ids of an encoder pair, or null for all zero.</param>
    /// <param name="labels">[B] int64 classes, or [B] float32 for regression; null where there are none.</param>
    /// <param name="targets">[B, T] int64: the token that position t has to predict, i.e. already the id at t+1, or
    /// <see cref="Ignored"/>. The shift is made in <see cref="NextTokenTargets"/> and nowhere else.</param>
    /// <param name="targetCount">How many entries of <paramref name="targets"/> are scored; known on the host so that nothing waits for a device.</param>
    /// <param name="paddedLeft">True when the padding stands before the tokens.</param>
    public Batch(Tensor ids, long[] lengths, Tensor? segments = null, Tensor? labels = null, Tensor? targets = null,
        long targetCount = 0, bool paddedLeft = false)
    {
        if (ids.dim() != 2 || ids.shape[0] != lengths.Length)
            throw new ArgumentException($"ids must be [B, T] with B = {lengths.Length} lengths, got [{string.Join(", ", ids.shape)}].", nameof(ids));
        Ids = ids.DetachFromDisposeScope();
        Lengths = lengths;
        Segments = segments?.DetachFromDisposeScope();
        Labels = labels?.DetachFromDisposeScope();
        Targets = targets?.DetachFromDisposeScope();
        TargetCount = targetCount;
        PaddedLeft = paddedLeft;
    }

    /// <summary>[B, T] int64 token ids; what stands in the padding does not matter.</summary>
    public Tensor Ids { get; }

    /// <summary>Real tokens of each row.</summary>
    public IReadOnlyList<long> Lengths { get; }

    /// <summary>[B, T] int64 segment ids, or null for all zero.</summary>
    public Tensor? Segments { get; }

    /// <summary>[B] classes (int64) or values (float32), or null.</summary>
    public Tensor? Labels { get; }

    /// <summary>[B, T] int64: the token each position has to predict, <see cref="Ignored"/> where none is scored; null for encoders.</summary>
    public Tensor? Targets { get; }

    /// <summary>Scored entries of <see cref="Targets"/>.</summary>
    public long TargetCount { get; }

    /// <summary>True when padding stands before the tokens.</summary>
    public bool PaddedLeft { get; }

    /// <summary>Rows, B.</summary>
    public int Rows => Lengths.Count;

    /// <summary>Positions, T.</summary>
    public int Width => (int)Ids.shape[1];

    /// <summary>True when no row is padded, so that masks can be left out.</summary>
    public bool IsFull => Lengths.All(l => l == Width);

    /// <summary>[B, T] bool, true at real tokens; made from the lengths once.</summary>
    public Tensor Mask => _mask ??= MakeMask();

    /// <summary>How many units of that kind the batch holds.</summary>
    public long Count(Unit unit) => unit switch
    {
        Unit.Example => Rows,
        Unit.Token => Lengths.Sum(),
        _ => TargetCount,
    };

    /// <summary>
    /// The one place where labels are shifted: position t predicts token t+1 of its row, where that token exists and belongs
    /// to the scored part.
    /// </summary>
    /// <param name="row">The token ids of one row, without padding.</param>
    /// <param name="scoredFrom">Index of the first token that is scored as a target (a prompt's length); 0 and 1 score every token but the first, which nothing predicts.</param>
    /// <returns>As many targets as tokens; the last is <see cref="Ignored"/>.</returns>
    public static long[] NextTokenTargets(ReadOnlySpan<int> row, int scoredFrom)
    {
        var targets = new long[row.Length];
        for (int t = 0; t < row.Length; t++)
            targets[t] = t + 1 < row.Length && t + 1 >= scoredFrom ? row[t + 1] : Ignored;
        return targets;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Segments?.Dispose();
        Labels?.Dispose();
        Targets?.Dispose();
        _mask?.Dispose();
    }

    private Tensor MakeMask()
    {
        using var scope = NewDisposeScope();
        var positions = arange(Width, device: Ids.device).unsqueeze(0);
        var lengths = tensor(Lengths.ToArray(), device: Ids.device).unsqueeze(1);
        var mask = PaddedLeft ? positions.ge(Width - lengths) : positions.lt(lengths);
        return mask.DetachFromDisposeScope();
    }
}
