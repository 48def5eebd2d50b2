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

    private readonly Dictionary<object, Tensor> _made = [];
    private (long Least, long Most)? _idRange, _segmentRange;

    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="ids">[B, T] int64 token ids.</param>
    /// <param name="lengths">Real tokens per row, B numbers, each in 1..T.</param>
    /// <param name="segments">[B, T] int64 segment ids of an encoder pair, or null for all zero.</param>
    /// <param name="labels">[B] int64 classes, or [B] float32 for regression; null where there are none.</param>
    /// <param name="targets">[B, T] int64: the token that position t has to predict, i.e. already the id at t+1, or
    /// <see cref="Ignored"/>. The shift is made in <see cref="NextTokenTargets"/> and nowhere else.</param>
    /// <param name="targetCount">How many entries of <paramref name="targets"/> are scored; known on the host so that nothing
    /// waits for a device.</param>
    /// <param name="paddedLeft">True when the padding stands before the tokens.</param>
    /// <param name="spans">[B, 2] int64: the positions of an answer's first and last token; null where none is asked for.</param>
    public Batch(Tensor ids, long[] lengths, Tensor? segments = null, Tensor? labels = null, Tensor? targets = null,
        long targetCount = 0, bool paddedLeft = false, Tensor? spans = null)
    {
        if (ids.dim() != 2 || ids.shape[0] != lengths.Length)
            throw new ArgumentException(
                $"ids must be [B, T] with B = {lengths.Length} lengths, got [{string.Join(", ", ids.shape)}].", nameof(ids));
        if (lengths.Any(l => l < 1 || l > ids.shape[1]))
            throw new ArgumentException($"Each length must be in 1..{ids.shape[1]}, got {string.Join(", ", lengths)}.", nameof(lengths));
        Ids = ids.DetachFromDisposeScope();
        Lengths = lengths;
        IsFull = lengths.All(l => l == ids.shape[1]);
        Segments = segments?.DetachFromDisposeScope();
        Labels = labels?.DetachFromDisposeScope();
        Targets = targets?.DetachFromDisposeScope();
        Spans = spans?.DetachFromDisposeScope();
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

    /// <summary>[B, 2] int64: the positions of the answer's first and last token, for a head of spans; or null.</summary>
    public Tensor? Spans { get; }

    /// <summary>[B, T] int64: the token each position has to predict, <see cref="Ignored"/> where none is scored; null for
    /// encoders.</summary>
    public Tensor? Targets { get; }

    /// <summary>Of each row the number of the sample that it is, among those of a training; null for rows that were made otherwise.</summary>
    public IReadOnlyList<int>? Samples { get; init; }

    /// <summary>Scored entries of <see cref="Targets"/>.</summary>
    public long TargetCount { get; }

    /// <summary>True when padding stands before the tokens.</summary>
    public bool PaddedLeft { get; }

    /// <summary>Rows, B.</summary>
    public int Rows => Lengths.Count;

    /// <summary>Positions, T.</summary>
    public int Width => (int)Ids.shape[1];

    /// <summary>True when no row is padded, so that masks can be left out.</summary>
    public bool IsFull { get; }

    /// <summary>[B, T] bool, true at real tokens; made from the lengths once.</summary>
    public Tensor Mask => Once("mask", MakeMask);

    /// <summary>[B, T] bool, true where a target is scored; made once.</summary>
    /// <exception cref="InvalidOperationException">The batch has no targets.</exception>
    public Tensor Scored => Targets is null
        ? throw new InvalidOperationException("This batch has no targets: nothing is scored.")
        : Once("scored", () => Targets.ne(Ignored));

    /// <summary>What stands at the scored positions.</summary>
    /// <param name="positions">[B, T, …].</param>
    /// <returns>[N, …], row by row; without a copy where every position is scored.</returns>
    /// <exception cref="InvalidOperationException">The batch has no targets.</exception>
    public Tensor AtScored(Tensor positions) => AllScored ? positions.flatten(0, 1) : positions.flatten(0, 1).index_select(0, ScoredPlaces);

    private bool AllScored => Targets is not null && TargetCount == Ids.numel();

    // [N] int64, counted through all rows. On a GPU that waits for it, as with IdRange.
    private Tensor ScoredPlaces => Once(nameof(ScoredPlaces), () => Scored.flatten().nonzero().flatten());

    /// <summary>The smallest and the largest id, padding included. Looked up once; on a GPU that waits for it, so make batches
    /// on the CPU and take them <see cref="To"/> the device, which carries the answer along.</summary>
    internal (long Least, long Most) IdRange => _idRange ??= Range(Ids);

    /// <summary>The smallest and the largest segment; (0, 0) where there are none.</summary>
    internal (long Least, long Most) SegmentRange => _segmentRange ??= Segments is null ? (0, 0) : Range(Segments);

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
    /// <param name="scoredFrom">Index of the first token that is scored as a target (a prompt's length); 0 and 1 score every
    /// token but the first, which nothing predicts.</param>
    /// <returns>As many targets as tokens; the last is <see cref="Ignored"/>.</returns>
    public static long[] NextTokenTargets(ReadOnlySpan<int> row, int scoredFrom)
    {
        var targets = new long[row.Length];
        for (int t = 0; t < row.Length; t++)
            targets[t] = t + 1 < row.Length && t + 1 >= scoredFrom ? row[t + 1] : Ignored;
        return targets;
    }

    /// <summary>Prompts to be continued: rows padded on the left, on the CPU.</summary>
    /// <param name="rows">Token ids, at least one in each.</param>
    /// <param name="padding">What to put before the shorter rows; it does not matter to the model.</param>
    /// <exception cref="KitException">A row is empty.</exception>
    public static Batch LeftPadded(IReadOnlyList<int[]> rows, int padding = 0)
    {
        int width = rows.Max(r => r.Length);
        if (rows.Any(r => r.Length == 0))
            throw new KitException("A prompt is empty. Give it at least one token, for instance the token that begins a text.");
        var ids = new long[rows.Count * width];
        Array.Fill(ids, padding);
        for (int row = 0; row < rows.Count; row++)
            for (int t = 0; t < rows[row].Length; t++)
                ids[(row + 1) * width - rows[row].Length + t] = rows[row][t];
        return new Batch(tensor(ids, [rows.Count, width]), [.. rows.Select(r => (long)r.Length)], paddedLeft: true);
    }

    /// <summary>The batch on a device; ids and segments are looked through for their range before they leave the CPU.</summary>
    /// <returns>This batch where it is there already; else a new one, and this one is disposed.</returns>
    public Batch To(Device device)
    {
        if (Ids.device_type == device.type && (device.index < 0 || Ids.device_index == device.index)) return this;
        using var scope = NewDisposeScope();
        var there = new Batch(Sent(Ids), [.. Lengths], Sent(Segments), Sent(Labels), Sent(Targets), TargetCount, PaddedLeft, Sent(Spans))
        {
            _idRange = IdRange,
            _segmentRange = SegmentRange,
            Samples = Samples,
        };
        if (Targets is not null && !AllScored) there.Once(nameof(ScoredPlaces), () => Sent(ScoredPlaces));
        Dispose();
        return there;

        // From pinned memory a GPU fetches while the host goes on.
        [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(part))]
        Tensor? Sent(Tensor? part) => device.type == DeviceType.CUDA ? part?.pin_memory().to(device, non_blocking: true) : part?.to(device);
    }

    /// <summary>Something that models derive from the batch (a mask, positions), made when first asked for and disposed with the
    /// batch.</summary>
    internal Tensor Once(object key, Func<Tensor> make)
    {
        if (_made.TryGetValue(key, out var known)) return known;
        using var scope = NewDisposeScope();
        return _made[key] = make().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Segments?.Dispose();
        Labels?.Dispose();
        Targets?.Dispose();
        Spans?.Dispose();
        foreach (var made in _made.Values) made.Dispose();
        _made.Clear();
    }

    private static (long, long) Range(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return (ids.min().ToInt64(), ids.max().ToInt64());
    }

    private Tensor MakeMask()
    {
        var positions = arange(Width, device: Ids.device).unsqueeze(0);
        var lengths = tensor(Lengths.ToArray(), device: Ids.device).unsqueeze(1);
        return PaddedLeft ? positions.ge(Width - lengths) : positions.lt(lengths);
    }
}
