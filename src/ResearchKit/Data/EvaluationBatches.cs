using ResearchKit.Models;
using static TorchSharp.torch;

namespace ResearchKit.Data;

/// <summary>
/// The batches of an encoded split, for evaluation: every sample once, the longest first, so that little is padded and the first
/// batch shows whether the memory suffices.
/// </summary>
public sealed class EvaluationBatches
{
    private readonly IReadOnlyList<Sample> _samples;
    private readonly int _paddingId;
    private readonly Device _device;
    private readonly int[][] _order;

    /// <summary>Makes the source.</summary>
    /// <param name="samples">The samples, at least one.</param>
    /// <param name="rows">Rows of a batch, at least 1.</param>
    /// <param name="paddingId">What stands in the padding; it matters to no result.</param>
    /// <param name="device">Where the batches lie.</param>
    /// <exception cref="KitException">There is no sample, or a batch would have no rows.</exception>
    public EvaluationBatches(IReadOnlyList<Sample> samples, int rows, int paddingId, Device device)
    {
        if (samples.Count == 0)
            throw new KitException("There are no samples to evaluate on; the split is empty.");
        if (rows < 1)
            throw new KitException($"Evaluation in batches of {rows} rows is not possible; the number must be 1 or more.");
        (_samples, _paddingId, _device) = (samples, paddingId, device);
        _order = BatchOrder.Sorted([.. samples.Select(s => s.Ids.Length)], rows);
    }

    /// <summary>Samples in all.</summary>
    public int Rows => _samples.Count;

    /// <summary>The batches, which the caller disposes, each with the index of the sample that each of its rows is.</summary>
    public IEnumerable<(Batch Batch, IReadOnlyList<int> Rows)> All()
    {
        foreach (int[] rows in _order)
            yield return (Collator.Make([.. rows.Select(r => _samples[r])], _paddingId, _device), rows);
    }
}
