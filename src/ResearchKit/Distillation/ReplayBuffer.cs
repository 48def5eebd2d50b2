using ResearchKit.Training;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>The responses that a student wrote last, to be learnt from again (DistiLLM, arXiv 2402.03898, section 3.2).</summary>
/// <param name="capacity">Rows that are kept; the oldest go.</param>
internal sealed class ReplayBuffer(int capacity)
{
    private readonly Queue<Rollout> _rows = [];

    /// <summary>Rows held.</summary>
    public int Count => _rows.Count;

    /// <summary>Whether there is no more room.</summary>
    public bool IsFull => _rows.Count >= capacity;

    /// <summary>Takes rows in; the oldest go.</summary>
    public void Add(IEnumerable<Rollout> rows)
    {
        foreach (var row in rows)
        {
            _rows.Enqueue(row);
            if (_rows.Count > capacity) _rows.Dequeue();
        }
    }

    /// <summary>Different rows at random, as many as asked for or as there are.</summary>
    public IReadOnlyList<Rollout> Sample(int count, Generator sampling)
    {
        using var order = randperm(_rows.Count, generator: sampling);
        var rows = _rows.ToArray();
        return [.. order.data<long>().ToArray().Take(count).Select(i => rows[i])];
    }

    /// <summary>All rows, from the oldest.</summary>
    public IReadOnlyList<Rollout> Rows => [.. _rows];

    /// <summary>Holds these rows and no others.</summary>
    public void Restore(IEnumerable<Rollout> rows)
    {
        _rows.Clear();
        Add(rows);
    }
}
