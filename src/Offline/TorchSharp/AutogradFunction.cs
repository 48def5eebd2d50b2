using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static unsafe partial class autograd
    {
        /// <summary>What a custom function keeps between its forward and its backward.</summary>
        public class AutogradContext : IDisposable
        {
            private nint _native;  // valid while one of the two runs
            private readonly Dictionary<string, object> _data = [];

            internal AutogradContext()
            {
            }

            // The native context can be reached from here until the second call, which puts the former back.
            internal nint Exchange(nint native) => Interlocked.Exchange(ref _native, native);

            private nint Live =>
                _native != 0 ? _native : throw new InvalidOperationException("An AutogradContext is of use only inside forward and backward.");

            /// <summary>Keeps inputs or outputs for backward, guarded against changes in place.</summary>
            public void save_for_backward(List<Tensor> tensors)
            {
                var handles = tensors.Select(Opt).ToArray();
                fixed (nint* p = handles) Check(rk_context_save(Live, p, handles.Length));
                GC.KeepAlive(tensors);
            }

            public List<Tensor> get_saved_variables()
            {
                int n;
                return [.. Many(rk_context_saved(Live, &n), n, this)];
            }

            /// <summary>Keeps anything but tensors.</summary>
            public void save_data(string key, object value) => _data[key] = value;

            public object? get_data(string key) => _data.GetValueOrDefault(key);

            public void mark_dirty(List<Tensor> tensors)
            {
                fixed (nint* p = Handles(tensors)) Check(rk_context_dirty(Live, p, tensors.Count));
                GC.KeepAlive(tensors);
            }

            public void mark_non_differentiable(List<Tensor> tensors)
            {
                fixed (nint* p = Handles(tensors)) Check(rk_context_constant(Live, p, tensors.Count));
                GC.KeepAlive(tensors);
            }

            /// <summary>Whether a gradient that nobody computed reaches backward as zeros; else as an invalid tensor.</summary>
            public void set_materialize_grads(bool value)
            {
                rk_context_materialize(Live, value);
                MaterializeGrads = value;
            }

            public bool MaterializeGrads { get; private set; } = true;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing) => _data.Clear();
        }

        /// <summary>An operation with a derivative of one's own making. It is applied to anything; what is a tensor takes part in the graph.</summary>
        public abstract class Function<T> where T : Function<T>, new()
        {
            private static readonly T s_function = new();

            public abstract string Name { get; }

            internal abstract List<Tensor> Forward(AutogradContext context, object[] vars);

            internal abstract List<Tensor> Backward(AutogradContext context, List<Tensor> grads);

            public static List<Tensor> apply_internal(params object[] vars)
            {
                var call = new Call(s_function.Name, s_function.Forward, s_function.Backward, vars);
                return call.Run();
            }
        }

        public abstract class SingleTensorFunction<T> : Function<T> where T : SingleTensorFunction<T>, new()
        {
            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            internal sealed override List<Tensor> Forward(AutogradContext context, object[] vars) => [forward(context, vars)];

            internal sealed override List<Tensor> Backward(AutogradContext context, List<Tensor> grads) => backward(context, grads[0]);
        }

        public abstract class MultiTensorFunction<T> : Function<T> where T : MultiTensorFunction<T>, new()
        {
            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            public static List<Tensor> apply(params object[] vars) => apply_internal(vars);

            internal sealed override List<Tensor> Forward(AutogradContext context, object[] vars) => forward(context, vars);

            internal sealed override List<Tensor> Backward(AutogradContext context, List<Tensor> grads) => backward(context, grads);
        }

        // One application of a function: the state that the graph's node holds until it is freed.
        private sealed class Call(string name, Func<AutogradContext, object[], List<Tensor>> forward, Func<AutogradContext, List<Tensor>,
            List<Tensor>> backward, object[] vars)
        {
            private const int Most = 16;  // as in autograd.cpp
            private readonly AutogradContext _context = new();
            private readonly bool[] _isTensor = Array.ConvertAll(vars, v => v is Tensor { IsInvalid: false });
            private object[]? _vars = vars;

            public List<Tensor> Run()
            {
                var inputs = _vars!.OfType<Tensor>().Where(t => !t.IsInvalid).ToArray();
                var calls = new Callbacks { Forward = &OnForward, Backward = &OnBackward, Done = &OnDone };
                int n;
                nint* list;
                fixed (nint* p = Handles(inputs)) list = rk_function_apply(GCHandle.ToIntPtr(GCHandle.Alloc(this)), &calls, p, inputs.Length, &n);
                _vars = null;
                return [.. Many(list, n, inputs, this)];
            }

            private List<Tensor> Forward(nint context)
            {
                nint before = _context.Exchange(context);
                try
                {
                    return forward(_context, _vars!);
                }
                finally
                {
                    _context.Exchange(before);
                }
            }

            private List<Tensor> Backward(nint context, List<Tensor> grads)
            {
                nint before = _context.Exchange(context);
                try
                {
                    var found = backward(_context, grads);
                    if (found.Count != _isTensor.Length)
                        throw new InvalidOperationException($"Function {name} returned an incorrect number of gradients (expected {_isTensor.Length}, got {found.Count})");
                    return [.. found.Where((_, i) => _isTensor[i])];
                }
                finally
                {
                    _context.Exchange(before);
                }
            }

            private static Call Of(nint state) => (Call)GCHandle.FromIntPtr(state).Target!;

            // An exception must not cross the native frames: its message does, and becomes that of the call that led here.
            [UnmanagedCallersOnly]
            private static int OnForward(nint state, nint context, nint* outputs)
            {
                try
                {
                    return Give(Of(state).Forward(context), outputs);
                }
                catch (Exception e)
                {
                    return Failed(e);
                }
            }

            [UnmanagedCallersOnly]
            private static int OnBackward(nint state, nint context, nint* grads, int n, nint* results)
            {
                try
                {
                    var given = new List<Tensor>(n);
                    for (int i = 0; i < n; i++) given.Add(new Tensor(grads[i]));
                    return Give(Of(state).Backward(context, given), results);
                }
                catch (Exception e)
                {
                    return Failed(e);
                }
            }

            private static int Failed(Exception e)
            {
                fixed (byte* text = Encoding.UTF8.GetBytes($"{e.GetType().Name}: {e.Message}\0")) rk_callback_failed(text);
                return -1;
            }

            [UnmanagedCallersOnly]
            private static void OnDone(nint state) => GCHandle.FromIntPtr(state).Free();

            // The native side gets a reference of its own to each.
            private static int Give(List<Tensor> tensors, nint* into)
            {
                if (tensors.Count > Most) throw new InvalidOperationException($"A custom function has at most {Most} tensors, not {tensors.Count}.");
                for (int i = 0; i < tensors.Count; i++) into[i] = tensors[i] is { IsInvalid: false } t ? rk_share(t.handle) : 0;
                GC.KeepAlive(tensors);
                return tensors.Count;
            }
        }
    }
}
