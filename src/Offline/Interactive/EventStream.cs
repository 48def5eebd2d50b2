using Microsoft.DotNet.Interactive.Events;

namespace Microsoft.DotNet.Interactive;

/// <summary>Tells every subscriber of every event, in order and on the thread that publishes.</summary>
internal sealed class EventStream : IObservable<KernelEvent>
{
    private readonly List<IObserver<KernelEvent>> _observers = [];

    public IDisposable Subscribe(IObserver<KernelEvent> observer)
    {
        lock (_observers) _observers.Add(observer);
        return new Subscription(this, observer);
    }

    public void Publish(KernelEvent produced)
    {
        IObserver<KernelEvent>[] observers;
        lock (_observers) observers = [.. _observers];
        foreach (var observer in observers) observer.OnNext(produced);
    }

    private sealed class Subscription(EventStream stream, IObserver<KernelEvent> observer) : IDisposable
    {
        public void Dispose()
        {
            lock (stream._observers) stream._observers.Remove(observer);
        }
    }
}
