using ResearchKit.Data;
using ResearchKit.Models;

namespace ResearchKit.Training;

/// <summary>Walks through the epochs of a source, and can start anywhere.</summary>
internal sealed class BatchCursor(IBatchSource source, int epoch, int batch) : IDisposable
{
    private IEnumerator<Batch>? _rows;

    /// <summary>The epoch of the next batch, from 0.</summary>
    public int Epoch { get; private set; } = epoch;

    /// <summary>The index of the next batch in its epoch.</summary>
    public int Batch { get; private set; } = batch;

    /// <summary>The next few batches, fewer where the epoch ends: a step never reaches over that end.</summary>
    public IEnumerable<Batch> Take(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _rows ??= source.Epoch(Epoch, Batch).GetEnumerator();
            if (!_rows.MoveNext())
                throw new InvalidOperationException($"Epoch {Epoch} ended after {Batch} batches, {source.BatchesPerEpoch} were announced.");
            var next = _rows.Current;
            if (++Batch == source.BatchesPerEpoch)
            {
                (Epoch, Batch) = (Epoch + 1, 0);
                _rows.Dispose();
                _rows = null;
                i = count;
            }
            yield return next;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rows?.Dispose();
}
