using ResearchKit.Models;

namespace ResearchKit.Data;

/// <summary>Rows in an order that depends on a seed and the epoch alone, so that a training can go on where it was stopped.</summary>
public interface IBatchSource
{
    /// <summary>Batches of one epoch, the same for every epoch.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>The batches of an epoch in their order.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="from">Index of the first batch wanted; those before it are not made.</param>
    /// <returns>Batches that the caller disposes.</returns>
    IEnumerable<Batch> Epoch(int epoch, int from = 0);
}
