using ResearchKit.Models;

namespace ResearchKit.Data;

/// <summary>How samples become batches.</summary>
/// <param name="Rows">Rows of a batch, at least 1.</param>
/// <param name="Seed">The data seed: with the epoch's number it decides the order.</param>
/// <param name="Shuffle">False takes the samples as they come, in every epoch.</param>
/// <param name="Pool">Batches whose rows are sorted by length together, at least 1: a larger pool pads less and mixes less; 1 leaves
/// rows of any length together.</param>
public sealed record BatchSettings(int Rows, int Seed = 1, bool Shuffle = true, int Pool = 50);

/// <summary>
/// The batches of an encoded split, for training: each epoch has every sample once, in an order that seed and epoch alone decide.
/// Whoever goes on in the middle of an epoch skips the batches before without making a tensor.
/// </summary>
public sealed class Batches : IBatchSource
{
    private readonly IReadOnlyList<Sample> _samples;
    private readonly Collator _collator;
    private readonly BatchSettings _settings;
    private readonly int[] _lengths;

    /// <summary>Makes the source.</summary>
    /// <param name="samples">The samples, at least one.</param>
    /// <param name="collator">Pads them.</param>
    /// <param name="settings">Rows, seed, pool.</param>
    /// <exception cref="KitException">There is no sample, or a setting is out of range.</exception>
    public Batches(IReadOnlyList<Sample> samples, Collator collator, BatchSettings settings)
    {
        RequireRows(samples, settings.Rows);
        if (settings.Pool < 1)
            throw new KitException($"A pool of {settings.Pool} batches is not possible; it must be 1 or more.");
        (_samples, _collator, _settings) = (samples, collator, settings);
        _lengths = LengthsOf(samples);
    }

    /// <inheritdoc/>
    public int BatchesPerEpoch => (_samples.Count - 1) / _settings.Rows + 1;

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, int from = 0)
    {
        foreach (var rows in Order(epoch).Skip(from))
            yield return _collator.Make([.. rows.Select(r => _samples[r])], rows);
    }

    /// <summary>Which samples make which batch in an epoch, by their indices; no tensor is made.</summary>
    /// <param name="epoch">From 0.</param>
    public IReadOnlyList<IReadOnlyList<int>> Order(int epoch) => BatchOrder.Of(_lengths, _settings, epoch);

    /// <summary>Every sample once, for evaluation: the longest first, so that little is padded and the first batch shows whether the memory
    /// suffices.</summary>
    /// <param name="samples">The samples, at least one.</param>
    /// <param name="collator">Pads them.</param>
    /// <param name="rows">Rows of a batch, at least 1.</param>
    /// <returns>Batches that the caller disposes, each with the index of the sample that each of its rows is.</returns>
    /// <exception cref="KitException">There is no sample, or a batch would have no rows.</exception>
    public static IEnumerable<(IReadOnlyList<int> Indices, Batch Batch)> ByLength(IReadOnlyList<Sample> samples, Collator collator, int rows)
    {
        RequireRows(samples, rows);
        return BatchOrder.Sorted(LengthsOf(samples), rows)
            .Select(indices => ((IReadOnlyList<int>)indices, collator.Make([.. indices.Select(i => samples[i])])));
    }

    private static int[] LengthsOf(IReadOnlyList<Sample> samples) => [.. samples.Select(s => s.Ids.Length)];

    private static void RequireRows(IReadOnlyList<Sample> samples, int rows)
    {
        if (samples.Count == 0)
            throw new KitException("There are no samples to make batches of; the split is empty.");
        if (rows < 1)
            throw new KitException($"Batches of {rows} rows are not possible; the number must be 1 or more.");
    }
}
