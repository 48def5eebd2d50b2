using System.Runtime.CompilerServices;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A handle on a libtorch tensor. Several may share one tensor; disposing one leaves the others.</summary>
    public partial class Tensor : IDisposable
    {
        internal nint handle;
        internal DisposeScope? OwningDisposeScope;
        internal int slot;  // its place in the scope

        private static long s_live, s_peak;

        internal Tensor(nint handle, bool register = true)
        {
            if (handle == 0)
            {
                GC.SuppressFinalize(this);  // an invalid tensor: nothing to count, nothing to free
                return;
            }
            this.handle = handle;
            long live = Interlocked.Increment(ref s_live);
            if (live > s_peak) s_peak = live;
            if (!register) return;
            var manager = DisposeScopeManager.OfThread;
            var scope = manager.Current;
            if (scope is null) manager.Counts.TensorStatistics.CreatedOutside++;
            else
            {
                manager.Counts.TensorStatistics.CreatedIn++;
                scope.Add(this);
            }
        }

        ~Tensor() => Dispose(false);

        /// <summary>A second handle on the same tensor: what an in-place operation returns that does not return its operand.</summary>
        internal Tensor Again() => Made(rk_share(H(this)), this);

        /// <summary>How many handles are live in the process.</summary>
        public static long TotalCount => Interlocked.Read(ref s_live);

        /// <summary>The most there ever were.</summary>
        public static long PeakCount => Interlocked.Read(ref s_peak);

        /// <summary>For the debugger.</summary>
        public string? name { get; set; }

        /// <summary>Whether it was disposed, or never held a tensor.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>The native tensor.</summary>
        /// <exception cref="InvalidOperationException">It was disposed.</exception>
        public IntPtr Handle => H(this);

        /// <summary>Takes over a native tensor's reference.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint h = Interlocked.Exchange(ref handle, 0);
            var scope = OwningDisposeScope;
            if (disposing) scope?.Remove(this);
            if (h == 0) return;
            if (disposing) Count(scope);
            Interlocked.Decrement(ref s_live);
            rk_dispose(h);
        }

        private static void Count(DisposeScope? scope)
        {
            var counts = DisposeScopeManager.OfThread.Counts.TensorStatistics;
            if (scope is null) counts.DisposedOutside++;
            else counts.DisposedIn++;
        }

        /// <summary>Gives the native tensor away; this handle is invalid from then on.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            nint h = H(this);
            MoveHandle();
            return h;
        }

        // As above, for a Parameter that takes the tensor over.
        internal nint MoveHandle()
        {
            nint h = Interlocked.Exchange(ref handle, 0);
            if (h != 0) Interlocked.Decrement(ref s_live);
            GC.SuppressFinalize(this);
            return h;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null) other?.Attach(this);
            else OwningDisposeScope.MoveToOther(other, this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        /// <summary>Whether both have the same shape and the same elements.</summary>
        public bool Equals(Tensor target)
        {
            int same = rk_equal(H(this), H(target));
            if (same < 0) Fail();
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return same == 1;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
    }

    /// <summary>Opens a scope that disposes, when it is closed, the tensors made in it on this thread.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThread.Current;

    /// <summary>Evaluates in a scope of its own; the result moves to the outer one.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
