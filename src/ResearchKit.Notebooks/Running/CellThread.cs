using System.Collections.Concurrent;

namespace ResearchKit.Notebooks.Running;

/// <summary>How a piece of work ended.</summary>
internal enum WorkEnd
{
    /// <summary>By itself.</summary>
    Done,

    /// <summary>It was stopped.</summary>
    Stopped,

    /// <summary>It would not stop and was left behind; it goes on until the process ends.</summary>
    LeftBehind,
}

/// <summary>
/// The one thread that every cell runs on: what belongs to a thread (a dispose scope, libtorch's gradient mode) then holds from cell to
/// cell. A cell that waits or sleeps is woken to stop it. One that computes without looking up is left behind on its thread and the next cell gets
/// another: .NET's own way to abort a thread (ControlledExecution) loses the third request in a process or ends it, so it is not used.
/// </summary>
internal sealed class CellThread : IDisposable
{
    /// <summary>How often a thread that shall stop is looked at, and how many times.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private const int Patience = 5;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _gate = new();
    private Thread _thread = null!;

    public CellThread() => Start();

    private void Start()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable())
            {
                action();
                if (Thread.CurrentThread != _thread) return;
            }
        }, 16 << 20) { IsBackground = true, Name = "cells" };
        _thread.Start();
    }

    /// <summary>Runs an action with the caller's ambient values, to its end or until it is stopped.</summary>
    public Task<WorkEnd> Run(Action action, CancellationToken stop)
    {
        var ambient = ExecutionContext.Capture()!;
        var done = new TaskCompletionSource<WorkEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() => ExecutionContext.Run(ambient, _ => Work(), null));
        return done.Task;

        void Work()
        {
            using var stopping = stop.Register(() => _ = Stop(done));
            try
            {
                action();
                Settle(() => done.TrySetResult(WorkEnd.Done));
            }
            catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or ThreadInterruptedException or AggregateException)
            {
                Settle(() => done.TrySetResult(WorkEnd.Stopped));
            }
            catch (Exception e)
            {
                Settle(() => done.TrySetException(e));
            }
        }

        void Settle(Action end)
        {
            lock (_gate) end();
            try
            {
                if (stop.IsCancellationRequested) Thread.Sleep(1); // a call to wake up that came too late is heard here and not by the next cell
            }
            catch (ThreadInterruptedException)
            {
                return;
            }
        }
    }

    private async Task Stop(TaskCompletionSource<WorkEnd> done)
    {
        for (int beat = 0; ; beat++)
        {
            lock (_gate)
            {
                if (done.Task.IsCompleted) return;
                if ((_thread.ThreadState & ThreadState.WaitSleepJoin) != 0) _thread.Interrupt();
                else if (beat >= Patience)
                {
                    Start();
                    done.TrySetResult(WorkEnd.LeftBehind);
                    return;
                }
            }
            await Task.Delay(Beat);
        }
    }

    /// <summary>Lets the thread end once its work is done.</summary>
    public void Dispose() => _work.CompleteAdding();
}
