using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Many elements to few: reduce.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern nint rk_sum(nint a, long* dims, int n, bool keepdim, int dtype);
    [DllImport(L)] internal static extern nint rk_mean(nint a, long* dims, int n, bool keepdim, int dtype);
    [DllImport(L)] internal static extern nint rk_nansum(nint a);
    [DllImport(L)] internal static extern nint rk_prod(nint a, int dtype);
    [DllImport(L)] internal static extern nint rk_prod_dim(nint a, long dim, bool keepdim, int dtype);
    [DllImport(L)] internal static extern nint rk_std(nint a, bool unbiased);
    [DllImport(L)] internal static extern nint rk_std_dims(nint a, long* dims, int n, bool unbiased, bool keepdim);
    [DllImport(L)] internal static extern nint rk_std_mean(nint a, bool unbiased, nint* mean);
    [DllImport(L)] internal static extern nint rk_std_mean_dims(nint a, long* dims, int n, bool unbiased, bool keepdim, nint* mean);
    [DllImport(L)] internal static extern nint rk_var(nint a, bool unbiased);
    [DllImport(L)] internal static extern nint rk_var_dims(nint a, long* dims, int n, bool unbiased, bool keepdim);
    [DllImport(L)] internal static extern nint rk_var_mean(nint a, bool unbiased, nint* mean);
    [DllImport(L)] internal static extern nint rk_var_mean_dims(nint a, long* dims, int n, bool unbiased, bool keepdim, nint* mean);
    [DllImport(L)] internal static extern nint rk_max(nint a);
    [DllImport(L)] internal static extern nint rk_max_dim(nint a, long dim, bool keepdim, nint* index);
    [DllImport(L)] internal static extern nint rk_min(nint a);
    [DllImport(L)] internal static extern nint rk_min_dim(nint a, long dim, bool keepdim, nint* index);
    [DllImport(L)] internal static extern nint rk_median(nint a);
    [DllImport(L)] internal static extern nint rk_median_dim(nint a, long dim, bool keepdim, nint* index);
    [DllImport(L)] internal static extern nint rk_amax(nint a, long* dims, int n, bool keepdim);
    [DllImport(L)] internal static extern nint rk_amin(nint a, long* dims, int n, bool keepdim);
    [DllImport(L)] internal static extern nint rk_aminmax(nint a, long* dim, bool keepdim, nint* high);
    [DllImport(L)] internal static extern nint rk_argmax(nint a, long* dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_argmin(nint a, long* dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_topk(nint a, long k, long dim, bool largest, bool sorted, nint* index);
    [DllImport(L)] internal static extern nint rk_sort(nint a, long dim, bool descending, bool stable, nint* index);
    [DllImport(L)] internal static extern nint rk_argsort(nint a, long dim, bool descending);
    [DllImport(L)] internal static extern nint rk_kthvalue(nint a, long k, long dim, bool keepdim, nint* index);
    [DllImport(L)] internal static extern nint rk_mode(nint a, long dim, bool keepdim, nint* index);
    [DllImport(L)] internal static extern nint rk_cummax(nint a, long dim, nint* index);
    [DllImport(L)] internal static extern nint rk_cummin(nint a, long dim, nint* index);
    [DllImport(L)] internal static extern nint rk_quantile(nint a, nint q, long dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_unique(nint a, long* dim, bool sorted, bool inverse, bool counts, bool consecutive, nint* inverseOut, nint* countsOut);
    [DllImport(L)] internal static extern nint rk_cumsum(nint a, long dim, int dtype);
    [DllImport(L)] internal static extern nint rk_cumprod(nint a, long dim, int dtype);
    [DllImport(L)] internal static extern nint rk_logcumsumexp(nint a, long dim);
    [DllImport(L)] internal static extern nint rk_logsumexp(nint a, long dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_softmax(nint a, long dim, int dtype);
    [DllImport(L)] internal static extern nint rk_log_softmax(nint a, long dim, int dtype);
    [DllImport(L)] internal static extern nint rk_diff(nint a, long n, long dim, nint prepend, nint append);
    [DllImport(L)] internal static extern nint rk_all(nint a);
    [DllImport(L)] internal static extern nint rk_any(nint a);
    [DllImport(L)] internal static extern nint rk_all_dim(nint a, long dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_any_dim(nint a, long dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_count_nonzero(nint a, long* dims, int n);
    [DllImport(L)] internal static extern nint rk_bincount(nint a, nint weights, long least);
    [DllImport(L)] internal static extern nint rk_histc(nint a, long bins, long low, long high);
    [DllImport(L)] internal static extern nint rk_bucketize(nint a, nint bounds, bool int32, bool right);
    [DllImport(L)] internal static extern nint rk_searchsorted(nint sorted, nint values, bool int32, bool right);
    [DllImport(L)] internal static extern nint rk_isin(nint a, nint test, bool assumeUnique, bool invert);
    [DllImport(L)] internal static extern nint rk_norm(nint a, double p);
    [DllImport(L)] internal static extern nint rk_norm_dim(nint a, double p, long dim, bool keepdim);
    [DllImport(L)] internal static extern nint rk_dist(nint a, nint b, double p);
    [DllImport(L)] internal static extern nint rk_renorm(nint a, double p, long dim, double most);
    [DllImport(L)] internal static extern nint rk_cov(nint a, long correction, nint fweights, nint aweights);
    [DllImport(L)] internal static extern nint rk_corrcoef(nint a);
}
