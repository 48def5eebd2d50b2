using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Data;

/// <summary>How samples become batches.</summary>
/// <param name="Rows">Rows of a batch, at least 1.</param>
/// <param name="Seed">The data seed: with the epoch's number it decides the order.</param>
/// <param name="Shuffle">False takes the samples as they come, in every epoch.</param>
/// <param name="Pool">Batches whose rows are sorted by length together; 1 does not sort by length at all beyond the batch, more
/// pad less and shuffle less.</param>
public sealed record BatchSettings(int Rows, int Seed = 1, bool Shuffle = true, int Pool = 50);

/// <summary>
/// The batches of an encoded split, for training: each epoch has every sample once, in an order that seed and epoch alone decide.
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
        if (samples.Count == 0)
            throw new KitException("There are no samples to make batches of; the split is empty.");
        if (settings.Rows < 1 || settings.Pool < 1)
            throw new KitException($"Batches of {settings.Rows} rows from pools of {settings.Pool} batches are not possible; both numbers must be 1 or more.");
        (_samples, _collator, _settings) = (samples, collator, settings);
        _lengths = [.. samples.Select(s => s.Ids.Length)];
    }

    /// <inheritdoc/>
    public int BatchesPerEpoch => (_samples.Count - 1) / _settings.Rows + 1;

    /// <inheritdoc/>
    public IEnumerable<Batch> Epoch(int epoch, int from = 0)
    {
        foreach (int[] rows in Order(epoch).Skip(from))
            yield return _collator.Make([.. rows.Select(r => _samples[r])]);
    }

    /// <summary>Which samples make which batch in an epoch; no tensor is made.</summary>
    /// <param name="epoch">From 0.</param>
    public IReadOnlyList<IReadOnlyList<int>> Order(int epoch) => BatchOrder.Of(_lengths, _settings, epoch);

    /// <summary>Every sample once for evaluation, the longest first, each batch with the indices that lead back to the samples.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="collator">Pads them.</param>
    /// <param name="rows">Rows of a batch, at least 1.</param>
    /// <returns>Batches that the caller disposes.</returns>
    public static IEnumerable<(IReadOnlyList<int> Indices, Batch Batch)> ByLength(IReadOnlyList<Sample> samples, Collator collator, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return BatchOrder.Sorted([.. samples.Select(s => s.Ids.Length)], rows)
            .Select(indices => ((IReadOnlyList<int>)indices, collator.Make([.. indices.Select(i => samples[i])])));
    }
}

/// <summary>Pads samples to one length and puts them on a device.</summary>
/// <param name="paddingId">What stands in the padding; it matters to no result, because masks come from lengths.</param>
/// <param name="device">Where the tensors lie.</param>
/// <param name="targets">Make next-token targets: true for decoders.</param>
/// <param name="padLeft">Put the padding before the tokens, as prompts to be continued want it.</param>
public sealed class Collator(int paddingId, Device device, bool targets = false, bool padLeft = false)
{
    /// <summary>The batch of samples, in their order.</summary>
    /// <param name="samples">At least one, none empty. Either all have a label or none has.</param>
    /// <returns>A batch that the caller disposes.</returns>
    public Batch Make(IReadOnlyList<Sample> samples)
    {
        int width = samples.Max(s => s.Ids.Length), labelled = samples.Count(s => s.Label >= 0);
        if (labelled != 0 && labelled != samples.Count)
            throw new ArgumentException($"{labelled} of {samples.Count} samples have a label; either all have one or none.", nameof(samples));
        bool pairs = samples.Any(s => s.SecondFrom > 0);
        long[] ids = new long[samples.Count * width], segments = pairs ? new long[ids.Length] : [], wanted = targets ? new long[ids.Length] : [];
        Array.Fill(ids, paddingId);
        Array.Fill(wanted, Batch.Ignored);
        long count = 0;
        for (int row = 0; row < samples.Count; row++)
        {
            var sample = samples[row];
            int start = row * width + (padLeft ? width - sample.Ids.Length : 0);
            for (int t = 0; t < sample.Ids.Length; t++)
                ids[start + t] = sample.Ids[t];
            if (sample.SecondFrom > 0)
                Array.Fill(segments, 1, start + sample.SecondFrom, sample.Ids.Length - sample.SecondFrom);
            if (targets)
            {
                long[] next = Batch.NextTokenTargets(sample.Ids, sample.ScoredFrom);
                next.CopyTo(wanted, start);
                count += next.Count(t => t != Batch.Ignored);
            }
        }
        long[] shape = [samples.Count, width];
        return new Batch(tensor(ids, shape, device: device), [.. samples.Select(s => (long)s.Ids.Length)],
            segments: pairs ? tensor(segments, shape, device: device) : null,
            labels: labelled > 0 ? tensor([.. samples.Select(s => (long)s.Label)], device: device) : null,
            targets: targets ? tensor(wanted, shape, device: device) : null,
            targetCount: count, paddedLeft: padLeft);
    }
}
