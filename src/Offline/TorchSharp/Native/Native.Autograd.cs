using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Differentiation: autograd.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern int rk_set_requires_grad(nint a, bool on);
    [DllImport(L)] internal static extern int rk_retain_grad(nint a);
    [DllImport(L)] internal static extern nint rk_grad(nint a);
    [DllImport(L)] internal static extern int rk_set_grad(nint a, nint g);
    [DllImport(L)] internal static extern int rk_set_data(nint a, nint b);
    [DllImport(L)] internal static extern int rk_backward(nint* roots, int n, nint* grads, int m, bool retain, bool create, nint* inputs, int k);
    [DllImport(L)] internal static extern nint* rk_autograd_grad(nint* outputs, int n, nint* inputs, int k, nint* grads, int m, bool retain, bool create, bool allowUnused);
    [DllImport(L)] internal static extern bool rk_anomaly_enabled();
    [DllImport(L)] internal static extern bool rk_anomaly_checks_nan();
    [DllImport(L)] internal static extern void rk_set_anomaly(bool on, bool checkNan);
    [DllImport(L)] internal static extern void rk_callback_failed(byte* message);
    [DllImport(L)] internal static extern nint* rk_function_apply(nint state, Callbacks* calls, nint* inputs, int n, int* count);
    [DllImport(L)] internal static extern int rk_context_save(nint c, nint* tensors, int n);
    [DllImport(L)] internal static extern nint* rk_context_saved(nint c, int* count);
    [DllImport(L)] internal static extern int rk_context_dirty(nint c, nint* tensors, int n);
    [DllImport(L)] internal static extern int rk_context_constant(nint c, nint* tensors, int n);
    [DllImport(L)] internal static extern void rk_context_materialize(nint c, bool on);
}
