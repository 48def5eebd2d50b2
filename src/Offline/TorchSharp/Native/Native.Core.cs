using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Lifetime, properties, and the process: core.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern int rk_abi_version();
    [DllImport(L)] internal static extern byte* rk_torch_version();
    [DllImport(L)] internal static extern byte* rk_last_error();
    [DllImport(L)] internal static extern void rk_free_list(nint* list);
    [DllImport(L)] internal static extern void rk_dispose(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern nint rk_share(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern long rk_dim(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern long rk_numel(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern int rk_dtype(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern int rk_element_size(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern int rk_device_type(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern int rk_device_index(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern bool rk_requires_grad(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern bool rk_is_contiguous(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern long rk_storage_offset(nint h);
    [DllImport(L), SuppressGCTransition] internal static extern void rk_sizes(nint h, long* @out);
    [DllImport(L), SuppressGCTransition] internal static extern void rk_strides(nint h, long* @out);
    [DllImport(L)] internal static extern int rk_is_leaf(nint h);
    [DllImport(L)] internal static extern nint rk_data(nint h);
    [DllImport(L)] internal static extern int rk_item(nint h, Number* @out);
    [DllImport(L), SuppressGCTransition] internal static extern int rk_default_dtype();
    [DllImport(L)] internal static extern int rk_set_default_dtype(int d);
    [DllImport(L)] internal static extern int rk_threads();
    [DllImport(L)] internal static extern int rk_set_threads(int n);
    [DllImport(L)] internal static extern int rk_interop_threads();
    [DllImport(L)] internal static extern int rk_set_interop_threads(int n);
    [DllImport(L)] internal static extern int rk_promote_types(int a, int b);
    [DllImport(L)] internal static extern int rk_result_type(nint a, nint b);
    [DllImport(L)] internal static extern bool rk_can_cast(int from, int to);
    [DllImport(L)] internal static extern int rk_cuda_devices();
    [DllImport(L)] internal static extern bool rk_cudnn_available();
    [DllImport(L)] internal static extern int rk_cuda_synchronize(long index);
    [DllImport(L)] internal static extern int rk_cuda_manual_seed(long seed);
    [DllImport(L)] internal static extern int rk_cuda_manual_seed_all(long seed);
    [DllImport(L)] internal static extern bool rk_allow_tf32(bool cudnn);
    [DllImport(L)] internal static extern int rk_set_allow_tf32(bool cudnn, bool allow);
    [DllImport(L), SuppressGCTransition] internal static extern bool rk_grad_enabled();
    [DllImport(L), SuppressGCTransition] internal static extern void rk_set_grad_enabled(bool enabled);
    [DllImport(L), SuppressGCTransition] internal static extern bool rk_inference_enabled();
    [DllImport(L)] internal static extern nint rk_inference_guard(bool enabled);
    [DllImport(L)] internal static extern void rk_inference_leave(nint guard);
}
