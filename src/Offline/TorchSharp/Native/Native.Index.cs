using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Picking and placing: index.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern nint rk_index(nint a, Step* s, int n);
    [DllImport(L)] internal static extern int rk_index_put_(nint a, Step* s, int n, nint value);
    [DllImport(L)] internal static extern int rk_index_put_number_(nint a, Step* s, int n, Number value);
    [DllImport(L)] internal static extern int rk_index_accumulate_(nint a, nint* indices, int n, nint value, bool accumulate);
    [DllImport(L)] internal static extern nint rk_index_select(nint a, long dim, nint index);
    [DllImport(L)] internal static extern nint rk_gather(nint a, long dim, nint index);
    [DllImport(L)] internal static extern nint rk_take(nint a, nint index);
    [DllImport(L)] internal static extern nint rk_take_along_dim(nint a, nint index, long* dim);
    [DllImport(L)] internal static extern nint rk_masked_select(nint a, nint mask);
    [DllImport(L)] internal static extern nint rk_nonzero(nint a);
    [DllImport(L)] internal static extern nint rk_argwhere(nint a);
    [DllImport(L)] internal static extern nint rk_scatter(nint a, long dim, nint index, nint source);
    [DllImport(L)] internal static extern int rk_scatter_(nint a, long dim, nint index, nint source);
    [DllImport(L)] internal static extern nint rk_scatter_add(nint a, long dim, nint index, nint source);
    [DllImport(L)] internal static extern int rk_scatter_add_(nint a, long dim, nint index, nint source);
    [DllImport(L)] internal static extern nint rk_index_copy(nint a, long dim, nint index, nint source);
    [DllImport(L)] internal static extern int rk_index_copy_(nint a, long dim, nint index, nint source);
    [DllImport(L)] internal static extern nint rk_index_add(nint a, long dim, nint index, nint source, Number alpha);
    [DllImport(L)] internal static extern int rk_index_add_(nint a, long dim, nint index, nint source, Number alpha);
    [DllImport(L)] internal static extern nint rk_index_fill(nint a, long dim, nint index, Number v);
    [DllImport(L)] internal static extern int rk_index_fill_(nint a, long dim, nint index, Number v);
    [DllImport(L)] internal static extern nint rk_masked_fill(nint a, nint mask, Number v);
    [DllImport(L)] internal static extern int rk_masked_fill_(nint a, nint mask, Number v);
    [DllImport(L)] internal static extern nint rk_masked_scatter(nint a, nint mask, nint source);
    [DllImport(L)] internal static extern int rk_masked_scatter_(nint a, nint mask, nint source);
    [DllImport(L)] internal static extern nint rk_select_scatter(nint a, nint source, long dim, long index);
    [DllImport(L)] internal static extern nint rk_slice_scatter(nint a, nint source, long dim, long* start, long* end, long step);
}
