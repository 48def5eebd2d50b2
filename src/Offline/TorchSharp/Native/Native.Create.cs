using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>New tensors and random streams: create.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern nint rk_empty(long* size, int n, Options o);
    [DllImport(L)] internal static extern nint rk_zeros(long* size, int n, Options o);
    [DllImport(L)] internal static extern nint rk_ones(long* size, int n, Options o);
    [DllImport(L)] internal static extern nint rk_full(long* size, int n, Options o, Number v);
    [DllImport(L)] internal static extern nint rk_rand(long* size, int n, Options o, nint g);
    [DllImport(L)] internal static extern nint rk_randn(long* size, int n, Options o, nint g);
    [DllImport(L)] internal static extern nint rk_randint(long* size, int n, Options o, long low, long high, nint g);
    [DllImport(L)] internal static extern nint rk_randperm(long n, Options o, nint g);
    [DllImport(L)] internal static extern nint rk_arange(Number start, Number stop, Number step, Options o);
    [DllImport(L)] internal static extern nint rk_linspace(double start, double end, long steps, Options o);
    [DllImport(L)] internal static extern nint rk_logspace(double start, double end, long steps, double @base, Options o);
    [DllImport(L)] internal static extern nint rk_eye(long rows, long columns, Options o);
    [DllImport(L)] internal static extern nint rk_tri_indices(bool upper, long rows, long columns, long offset, Options o);
    [DllImport(L)] internal static extern nint rk_empty_like(nint a, Options o);
    [DllImport(L)] internal static extern nint rk_zeros_like(nint a, Options o);
    [DllImport(L)] internal static extern nint rk_ones_like(nint a, Options o);
    [DllImport(L)] internal static extern nint rk_rand_like(nint a, Options o);
    [DllImport(L)] internal static extern nint rk_randn_like(nint a, Options o);
    [DllImport(L)] internal static extern nint rk_full_like(nint a, Options o, Number v);
    [DllImport(L)] internal static extern nint rk_randint_like(nint a, Options o, long low, long high);
    [DllImport(L)] internal static extern nint rk_from_memory(nint data, long* size, int n, int type, Options o, delegate* unmanaged<nint, void> done, nint state);
    [DllImport(L)] internal static extern int rk_normal_(nint a, double mean, double std, nint g);
    [DllImport(L)] internal static extern int rk_uniform_(nint a, double from, double to, nint g);
    [DllImport(L)] internal static extern int rk_bernoulli_(nint a, double p, nint g);
    [DllImport(L)] internal static extern int rk_bernoulli_tensor_(nint a, nint p, nint g);
    [DllImport(L)] internal static extern int rk_exponential_(nint a, double rate, nint g);
    [DllImport(L)] internal static extern int rk_random_(nint a, long from, long to, nint g);
    [DllImport(L)] internal static extern nint rk_bernoulli(nint a, nint g);
    [DllImport(L)] internal static extern nint rk_normal(nint mean, nint std, nint g);
    [DllImport(L)] internal static extern nint rk_multinomial(nint a, long samples, bool replacement, nint g);
    [DllImport(L)] internal static extern nint rk_generator(ulong seed, int type, int index);
    [DllImport(L)] internal static extern nint rk_generator_default();
    [DllImport(L)] internal static extern void rk_generator_dispose(nint g);
    [DllImport(L)] internal static extern long rk_generator_seed(nint g);
    [DllImport(L)] internal static extern int rk_generator_set_seed(nint g, long seed);
    [DllImport(L)] internal static extern nint rk_generator_state(nint g);
    [DllImport(L)] internal static extern int rk_generator_set_state(nint g, nint state);
    [DllImport(L)] internal static extern int rk_manual_seed(long seed);
}
