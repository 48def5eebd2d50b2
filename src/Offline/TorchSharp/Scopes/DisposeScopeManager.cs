using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>The dispose scopes of one thread, and its counts.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScopeManager? t_manager;

    internal static DisposeScopeManager OfThread
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_manager ?? Create();
    }

    private static DisposeScopeManager Create() => t_manager = new DisposeScopeManager();

    internal DisposeScope? Current;

    internal readonly ThreadDisposeScopeStatistics Counts = new();

    /// <summary>The counts of the calling thread.</summary>
    public static ThreadDisposeScopeStatistics Statistics => OfThread.Counts;

    internal DisposeScope Open() => Current = new DisposeScope(this, Current);

    // A scope may be closed before those inside it: then they lie in its outer one.
    internal void Close(DisposeScope closing)
    {
        if (ReferenceEquals(Current, closing))
        {
            Current = closing.Outer;
            return;
        }
        for (var scope = Current; scope is not null; scope = scope.Outer)
            if (ReferenceEquals(scope.Outer, closing)) scope.Outer = closing.Outer;
    }
}

/// <summary>What one thread made and disposed.</summary>
public class ThreadDisposeScopeStatistics
{
    public LifetimeStatistics TensorStatistics { get; } = new();

    public long CreatedOutsideScopeCount => TensorStatistics.CreatedOutsideScopeCount;
    public long DisposedOutsideScopeCount => TensorStatistics.DisposedOutsideScopeCount;
    public long CreatedInScopeCount => TensorStatistics.CreatedInScopeCount;
    public long DisposedInScopeCount => TensorStatistics.DisposedInScopeCount;
    public long AttachedToScopeCount => TensorStatistics.AttachedToScopeCount;
    public long DetachedFromScopeCount => TensorStatistics.DetachedFromScopeCount;

    /// <summary>Made less disposed, on this thread.</summary>
    public long ThreadTotalLiveCount => TensorStatistics.ThreadTotalLiveCount;

    public void Reset() => TensorStatistics.Reset();

    public override string ToString() => TensorStatistics.ToString();
}

/// <summary>Counts of things made and disposed on one thread.</summary>
public class LifetimeStatistics
{
    internal long CreatedIn, CreatedOutside, DisposedIn, DisposedOutside, Attached, Detached;

    public long CreatedOutsideScopeCount => CreatedOutside;
    public long DisposedOutsideScopeCount => DisposedOutside;
    public long CreatedInScopeCount => CreatedIn;
    public long DisposedInScopeCount => DisposedIn;
    public long AttachedToScopeCount => Attached;
    public long DetachedFromScopeCount => Detached;

    /// <summary>Made less disposed.</summary>
    public long ThreadTotalLiveCount => CreatedIn + CreatedOutside - DisposedIn - DisposedOutside;

    public void Reset() => CreatedIn = CreatedOutside = DisposedIn = DisposedOutside = Attached = Detached = 0;

    public override string ToString() =>
        $"ThreadTotalLiveCount: {ThreadTotalLiveCount}; CreatedOutsideScopeCount: {CreatedOutside}; DisposedOutsideScopeCount: {DisposedOutside}; " +
        $"CreatedInScopeCount: {CreatedIn}; DisposedInScopeCount: {DisposedIn}; AttachedToScopeCount: {Attached}; DetachedFromScopeCount: {Detached}";
}
