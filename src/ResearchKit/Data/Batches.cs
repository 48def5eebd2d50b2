using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Data;

/// <summary>How samples become batches.</summary>
public sealed record BatchSettings
{
    /// <summary>Rows of a batch, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>The data seed: with the epoch's number it decides the order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>False takes the samples as they come, in every epoch.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Batches whose rows are sorted by length together, at least 1: a larger pool pads less and mixes less, 1 leaves rows of any
    /// length together.</summary>
    public int Pool { get; init; } = 50;
}

/// <summary>
/// The batches of an encoded split, for training: each epoch has every sample once, in an order that seed and epoch alone decide.
/// Whoever goes on in the middle of an epoch skips the batches before without making a tensor.
/// </summary>
public sealed class Batches : IBatchSource
{
    private readonly IReadOnlyList<Sample> _samples;
    private readonly BatchSettings _settings;
    private readonly int _paddingId;
    private readonly Device _device;
    private readonly int[] _lengths;

    /// <summary>Makes the source.</summary>
    /// <param name="samples">The samples, at least one.</param>
    /// <param name="settings">Rows, seed, pool.</param>
    /// <param name="paddingId">What stands in the padding; it matters to no result.</param>
    /// <param name="device">Where the batches lie.</param>
    /// <exception cref="KitException">There is no sample, or a setting is out of range.</exception>
    public Batches(IReadOnlyList<Sample> samples, BatchSettings settings, int paddingId, Device device)
    {
        if (samples.Count == 0)
            throw new KitException("There are no samples to make batches of; the split is empty.");
        if (settings.Rows < 1 || settings.Pool < 1)
            throw new KitException($"Batches of {settings.Rows} rows from pools of {settings.Pool} batches are not possible; both numbers must be 1 or more.");
        (_samples, _settings, _paddingId, _device) = (samples, settings, paddingId, device);
        _lengths = [.. samples.Select(s => s.Ids.Length)];
    }

    /// <inheritdoc/>
    public int BatchesPerEpoch => (_samples.Count - 1) / _settings.Rows + 1;

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, int from = 0)
    {
        foreach (var rows in Order(epoch).Skip(from))
            yield return Collator.Make([.. rows.Select(r => _samples[r])], _paddingId, _device);
    }

    /// <summary>Which samples make which batch in an epoch, by their indices; no tensor is made.</summary>
    /// <param name="epoch">From 0.</param>
    public IReadOnlyList<IReadOnlyList<int>> Order(int epoch) => BatchOrder.Of(_lengths, _settings, epoch);
}
