using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Many elements to few.
    public unsafe partial class Tensor
    {
        private static int Code(ScalarType? type) => type.HasValue ? (int)type.Value : -1;

        private Tensor Sum(ReadOnlySpan<long> dims, bool keepdim, ScalarType? type)
        {
            fixed (long* p = dims) return Made(rk_sum(H(this), p, dims.Length, keepdim, Code(type)), this);
        }

        public Tensor sum(ScalarType? type = null) => Sum([], false, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Sum([dim], keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => Sum([dim0, dim1], keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            Sum([dim0, dim1, dim2], keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Sum(dim, keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => Sum(dim, keepdim, type);

        public Tensor mean() => Made(rk_mean(H(this), null, 0, false, -1), this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* p = Given(dimensions)) return Made(rk_mean(H(this), p, dimensions.Length, keepdim, Code(type)), this);
        }

        public Tensor nansum() => Made(rk_nansum(H(this)), this);
        public Tensor prod(ScalarType? type = null) => Made(rk_prod(H(this), Code(type)), this);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Made(rk_prod_dim(H(this), dim, keepdim, Code(type)), this);

        private Tensor Std(ReadOnlySpan<long> dims, bool unbiased, bool keepdim)
        {
            fixed (long* p = dims) return Made(rk_std_dims(H(this), p, dims.Length, unbiased, keepdim), this);
        }

        private Tensor Var(ReadOnlySpan<long> dims, bool unbiased, bool keepdim)
        {
            fixed (long* p = dims) return Made(rk_var_dims(H(this), p, dims.Length, unbiased, keepdim), this);
        }

        public Tensor std(bool unbiased = true) => Made(rk_std(H(this), unbiased), this);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false) => Std([dim], unbiased, keepdim);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false) => Std(dimensions, unbiased, keepdim);
        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false) => Std(dimensions, unbiased, keepdim);
        public Tensor var(bool unbiased = true) => Made(rk_var(H(this), unbiased), this);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false) => Var([dim], unbiased, keepdim);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false) => Var(dimensions, unbiased, keepdim);
        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false) => Var(dimensions, unbiased, keepdim);

        public (Tensor std, Tensor mean) std_mean(bool unbiased = true)
        {
            nint mean;
            return Pair(rk_std_mean(H(this), unbiased, &mean), mean, this);
        }

        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false)
        {
            nint mean;
            return Pair(rk_std_mean_dims(H(this), &dim, 1, unbiased, keepdim, &mean), mean, this);
        }

        public (Tensor @var, Tensor mean) var_mean(bool unbiased = true)
        {
            nint mean;
            return Pair(rk_var_mean(H(this), unbiased, &mean), mean, this);
        }

        public (Tensor @var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false)
        {
            nint mean;
            return Pair(rk_var_mean_dims(H(this), &dim, 1, unbiased, keepdim, &mean), mean, this);
        }

        public Tensor max() => Made(rk_max(H(this)), this);
        public Tensor min() => Made(rk_min(H(this)), this);
        public Tensor median() => Made(rk_median(H(this)), this);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
        {
            nint index;
            return Pair(rk_max_dim(H(this), dim, keepdim, &index), index, this);
        }

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false)
        {
            nint index;
            return Pair(rk_min_dim(H(this), dim, keepdim, &index), index, this);
        }

        public Tensor amax(params long[] dims) => amax((ReadOnlySpan<long>)dims);
        public Tensor amax(long[] dims, bool keepdim = false) => amax((ReadOnlySpan<long>)dims, keepdim);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false)
        {
            fixed (long* p = dims) return Made(rk_amax(H(this), p, dims.Length, keepdim), this);
        }

        public Tensor amin(params long[] dims) => amin((ReadOnlySpan<long>)dims);
        public Tensor amin(long[] dims, bool keepdim = false) => amin((ReadOnlySpan<long>)dims, keepdim);

        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false)
        {
            fixed (long* p = dims) return Made(rk_amin(H(this), p, dims.Length, keepdim), this);
        }

        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false)
        {
            long d = dim ?? 0;
            nint high;
            return Pair(rk_aminmax(H(this), dim.HasValue ? &d : null, keepdim, &high), high, this);
        }

        public Tensor argmax() => Made(rk_argmax(H(this), null, false), this);
        public Tensor argmax(long dim, bool keepdim = false) => Made(rk_argmax(H(this), &dim, keepdim), this);
        public Tensor argmin() => Made(rk_argmin(H(this), null, false), this);
        public Tensor argmin(long dim, bool keepdim = false) => Made(rk_argmin(H(this), &dim, keepdim), this);

        public Tensor all() => Made(rk_all(H(this)), this);
        public Tensor all(long dim, bool keepdim = false) => Made(rk_all_dim(H(this), dim, keepdim), this);
        public Tensor any() => Made(rk_any(H(this)), this);
        public Tensor any(long dim, bool keepdim = false) => Made(rk_any_dim(H(this), dim, keepdim), this);

        public Tensor count_nonzero(long[]? dims = null)
        {
            fixed (long* p = dims) return Made(rk_count_nonzero(H(this), p, dims?.Length ?? 0), this);
        }

        public Tensor norm(float p = 2) => Made(rk_norm(H(this), p), this);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Made(rk_norm_dim(H(this), p, dim, keepdim), this);
        public Tensor dist(Tensor other, float p = 2) => Made(rk_dist(H(this), H(other), p), this, other);
        public Tensor renorm(float p, long dim, float maxnorm) => Made(rk_renorm(H(this), p, dim, maxnorm), this);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Made(rk_softmax(H(this), dim, Code(dtype)), this);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Made(rk_log_softmax(H(this), dim, Code(dtype)), this);
        public Tensor logsumexp(long dim, bool keepdim = false) => Made(rk_logsumexp(H(this), dim, keepdim), this);
        public Tensor logcumsumexp(long dim) => Made(rk_logcumsumexp(H(this), dim), this);
        public Tensor cumsum(long dim, ScalarType? type = null) => Made(rk_cumsum(H(this), dim, Code(type)), this);
        public Tensor cumprod(long dim, ScalarType? type = null) => Made(rk_cumprod(H(this), dim, Code(type)), this);

        public (Tensor values, Tensor indexes) cummax(long dim)
        {
            nint index;
            return Pair(rk_cummax(H(this), dim, &index), index, this);
        }

        public (Tensor values, Tensor indexes) cummin(long dim)
        {
            nint index;
            return Pair(rk_cummin(H(this), dim, &index), index, this);
        }

        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Made(rk_diff(H(this), n, dim, Opt(prepend), Opt(append)), this, prepend, append);

        public Tensor cov(long correction = 1, Tensor? fweights = null, Tensor? aweights = null) =>
            Made(rk_cov(H(this), correction, Opt(fweights), Opt(aweights)), this, fweights, aweights);

        public Tensor corrcoef() => Made(rk_corrcoef(H(this)), this);
    }
}
