using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Gradients.
    public partial class Tensor
    {
        /// <summary>Whether gradients reach it. Switching it off on the result of an operation changes nothing.</summary>
        public bool requires_grad
        {
            get => Read(rk_requires_grad(H(this)));
            set => Done(rk_set_requires_grad(H(this), value), this);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad() => Done(rk_retain_grad(H(this)), this);

        /// <summary>
        /// The gradient, or null. Each reading gives a fresh handle on the same memory. Setting is unchecked: the given
        /// tensor's memory becomes the gradient's, and backward adds into it.
        /// </summary>
        public Tensor? grad
        {
            get
            {
                nint g = rk_grad(H(this));
                GC.KeepAlive(this);
                return g == 0 ? null : new Tensor(g);
            }
            set => Done(rk_set_grad(H(this), Opt(value)), this, value);
        }

        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }

    public static unsafe partial class autograd
    {
        /// <summary>
        /// The gradients of the outputs' sum, weighted by grad_outputs, with respect to the inputs. create_graph lets them be
        /// differentiated again, and does not imply retain_graph. An unused input, where allowed, gives an invalid tensor.
        /// </summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            ArgumentNullException.ThrowIfNull(outputs);
            ArgumentNullException.ThrowIfNull(inputs);
            nint[] o = Live(outputs), i = Live(inputs), g = Weights(grad_outputs);
            nint* list;
            fixed (nint* po = o, pi = i, pg = g)
                list = rk_autograd_grad(po, o.Length, pi, i.Length, pg, g.Length, retain_graph, create_graph, allow_unused);
            GC.KeepAlive(outputs);
            GC.KeepAlive(grad_outputs);
            return Many(list, i.Length, inputs);
        }

        /// <summary>Adds the gradients of the tensors into the leaves' (or the given inputs') gradient fields.</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null)
        {
            ArgumentNullException.ThrowIfNull(tensors);
            nint[] t = Live(tensors), g = Weights(grad_tensors), i = inputs is null ? [] : Live(inputs);
            int status;
            fixed (nint* pt = t, pg = g, pi = i)
                status = rk_backward(pt, t.Length, pg, g.Length, retain_graph ?? create_graph, create_graph, pi, i.Length);
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
            Check(status);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        private static nint[] Live(IList<Tensor> tensors) => tensors.Select(t => H(t)).ToArray();

        private static nint[] Weights(IList<Tensor>? tensors) => tensors is null ? [] : tensors.Select(Opt).ToArray();

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);
    }

    // A switch that is thrown back when the scope ends.
    private sealed class Restore(Action back) : IDisposable
    {
        private Action? _back = back;

        public void Dispose() => Interlocked.Exchange(ref _back, null)?.Invoke();
    }

    /// <summary>Records nothing for gradients until it is disposed, on this thread.</summary>
    public static IDisposable no_grad() => set_grad_enabled(false);

    public static IDisposable enable_grad(bool enabled = true) => set_grad_enabled(enabled);

    public static IDisposable set_grad_enabled(bool mode = true)
    {
        bool before = rk_grad_enabled();
        rk_set_grad_enabled(mode);
        return new Restore(() => rk_set_grad_enabled(before));
    }

    public static bool is_grad_enabled() => rk_grad_enabled();

    /// <summary>As no_grad, cheaper; what is made inside can never take part in a graph.</summary>
    public static IDisposable inference_mode(bool mode = true)
    {
        nint guard = rk_inference_guard(mode);
        return new Restore(() => rk_inference_leave(guard));
    }

    public static bool is_inference_mode_enabled() => rk_inference_enabled();
}

/// <summary>Makes backward tell the forward operation behind a failure, and stop at NaN.</summary>
public class AnomalyMode : IDisposable
{
    private readonly bool _enabled = IsEnabled, _checks = ShouldCheckNaN;

    public AnomalyMode(bool enabled, bool check_nan = true) => Native.rk_set_anomaly(enabled, check_nan);

    public static bool IsEnabled => Native.rk_anomaly_enabled();

    public static bool ShouldCheckNaN => Native.rk_anomaly_checks_nan();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Native.rk_set_anomaly(_enabled, _checks);
    }
}
