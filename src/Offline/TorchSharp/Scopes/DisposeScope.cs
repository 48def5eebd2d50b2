using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Holds the tensors made since it was opened on this thread, and disposes them when it is closed.</summary>
public sealed partial class DisposeScope : IDisposable
{
    // A tensor knows its scope and its slot here, so that joining and leaving are a few writes and no hashing.
    private Tensor?[] _held = new Tensor?[16];
    private int _count;
    private DisposeScopeManager? _manager;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer)
    {
        _manager = manager;
        Outer = outer;
    }

    internal DisposeScope? Outer;

    private LifetimeStatistics Counts => (_manager ?? throw new ObjectDisposedException(GetType().FullName)).Counts.TensorStatistics;

    public int DisposablesCount
    {
        get
        {
            _ = Counts;
            return _count;
        }
    }

    /// <summary>What is held now.</summary>
    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            _ = Counts;
            return _held.Take(_count).ToArray()!;
        }
    }

    public bool Contains(IDisposable disposable) => disposable is Tensor t && ReferenceEquals(t.OwningDisposeScope, this);

    internal void Add(Tensor tensor)
    {
        if (_count == _held.Length) Array.Resize(ref _held, 2 * _count);
        tensor.OwningDisposeScope = this;
        tensor.slot = _count;
        _held[_count++] = tensor;
    }

    internal void Remove(Tensor tensor)
    {
        var last = _held[--_count]!;
        _held[_count] = null;
        tensor.OwningDisposeScope = null;
        if (ReferenceEquals(last, tensor)) return;
        _held[tensor.slot] = last;
        last.slot = tensor.slot;
    }

    /// <summary>The tensor's place in its scope, if it has one, is given to another.</summary>
    internal static void ReplaceWith(Tensor original, Tensor replacement)
    {
        if (original.OwningDisposeScope is not { } scope) return;
        scope.Remove(original);
        if (ReferenceEquals(replacement.OwningDisposeScope, scope)) return;
        replacement.OwningDisposeScope?.Remove(replacement);
        scope.Add(replacement);
    }

    private static Tensor Managed(IDisposable disposable) => disposable as Tensor ?? throw new InvalidOperationException(
        $"A DisposeScope holds tensors only, not {disposable?.GetType().Name ?? "null"}.");

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var counts = Counts;
        var all = disposables.ToArray();
        foreach (var t in all.Select(Managed))
        {
            if (ReferenceEquals(t.OwningDisposeScope, this)) continue;
            t.OwningDisposeScope?.Remove(t);
            Add(t);
            counts.Attached++;
        }
        return all;
    }

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        var counts = Counts;
        foreach (var t in disposables.OfType<Tensor>())
        {
            if (!ReferenceEquals(t.OwningDisposeScope, this)) continue;
            Remove(t);
            counts.Detached++;
        }
    }

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        _ = Counts;
        if (scope is null)
        {
            Detach(disposables);
            return;
        }
        foreach (var t in disposables.OfType<Tensor>())
        {
            if (!ReferenceEquals(t.OwningDisposeScope, this) || ReferenceEquals(scope, this)) continue;
            Remove(t);
            scope.Add(t);
        }
    }

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(Outer, disposables);

    public void DisposeEverything() => DisposeEverythingBut([]);

    /// <summary>Frees what is held now, but for some; the scope stays open.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        _ = Counts;
        var keep = new HashSet<object>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var t in _held.Take(_count).ToArray())
            if (!keep.Contains(t!)) t!.Dispose();
    }

    /// <summary>Forgets a tensor that was disposed by other means.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        _ = Counts;
        if (disposable is Tensor t && ReferenceEquals(t.OwningDisposeScope, this)) Remove(t);
    }

    public void Dispose()
    {
        if (_manager is null) return;
        while (_count > 0) _held[_count - 1]!.Dispose();
        _manager.Close(this);
        _manager = null;
    }
}
