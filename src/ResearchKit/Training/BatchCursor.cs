using ResearchKit.Data;
using ResearchKit.Models;

namespace ResearchKit.Training;

/// <summary>Walks through the epochs of a source, and can start anywhere.</summary>
internal sealed class BatchCursor(IBatchSource source, int epoch, int batch) : IDisposable
{
    private IEnumerator<Batch>? _rows;
    private Batch? _ahead;

    /// <summary>The epoch of the next batch, from 0.</summary>
    public int Epoch { get; private set; } = epoch;

    /// <summary>The index of the next batch in its epoch.</summary>
    public int Batch { get; private set; } = batch;

    /// <summary>The next few batches, fewer where the epoch ends: a step never reaches over that end.</summary>
    public IEnumerable<Batch> Take(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var next = _ahead ?? Make();
            _ahead = null;
            if (++Batch == source.BatchesPerEpoch)
            {
                (Epoch, Batch) = (Epoch + 1, 0);
                _rows!.Dispose();
                _rows = null;
                i = count;
            }
            yield return next;
        }
    }

    /// <summary>Makes the next batch before it is asked for, while a device is at work. Epoch and batch stay where they are.</summary>
    public void LookAhead() => _ahead ??= Make();

    /// <inheritdoc/>
    public void Dispose()
    {
        _ahead?.Dispose();
        _rows?.Dispose();
    }

    private Batch Make()
    {
        _rows ??= source.Epoch(Epoch, Batch).GetEnumerator();
        return _rows.MoveNext() ? _rows.Current
            : throw new InvalidOperationException($"Epoch {Epoch} ended after {Batch} batches, {source.BatchesPerEpoch} were announced.");
    }
}
