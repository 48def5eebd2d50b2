using System.Collections.Concurrent;
using System.Runtime;

namespace ResearchKit.Notebooks.Running;

/// <summary>
/// The one thread that every cell runs on: what belongs to a thread (a dispose scope, libtorch's gradient mode) then holds from cell to
/// cell. Its work can be stopped even where it never looks for a request, as in an endless loop.
/// </summary>
internal sealed class CellThread : IDisposable
{
    /// <summary>How long a thread that was woken has to stop before it is aborted. An abort does not reach one that sleeps or waits, and once asked for, neither does waking it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public CellThread()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable()) action();
        }, 16 << 20) { IsBackground = true, Name = "cells" };
        _thread.Start();
    }

    /// <summary>Runs an action with the caller's ambient values, to its end or until it is stopped.</summary>
    /// <returns>True when it ran to its end; false when it was stopped.</returns>
    public Task<bool> Run(Action action, CancellationToken stop)
    {
        var ambient = ExecutionContext.Capture()!;
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() => ExecutionContext.Run(ambient, _ =>
        {
            using var abort = new CancellationTokenSource();
            using var waking = stop.Register(() =>
            {
                _thread.Interrupt();
                abort.CancelAfter(Patience);
            });
            try
            {
#pragma warning disable SYSLIB0046 // it was made for just this, and warns of what every interrupt of a thread risks: state half changed
                ControlledExecution.Run(action, abort.Token);
#pragma warning restore SYSLIB0046
                Settle();
                done.SetResult(true);
            }
            catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or ThreadInterruptedException or AggregateException)
            {
                Settle();
                done.SetResult(false);
            }
            catch (Exception e)
            {
                Settle();
                done.SetException(e);
            }

            void Settle()
            {
                waking.Dispose(); // waits for a call under way
                try
                {
                    Thread.Sleep(stop.IsCancellationRequested ? 1 : 0); // where it came too late, it is heard here and not by the next cell
                }
                catch (ThreadInterruptedException)
                {
                    return;
                }
            }
        }, null));
        return done.Task;
    }

    /// <summary>Lets the thread end once its work is done.</summary>
    public void Dispose() => _work.CompleteAdding();
}
