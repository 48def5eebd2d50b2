// Many elements to few: sums, extrema, moments, norms; sorting; cumulative forms; softmax.
#include "abi.h"

// sum and mean over the given dimensions; none given (n = 0) means all.
RK Handle rk_sum(Handle a, const int64_t* dims, int32_t n, bool keepdim, int32_t dtype)
{
    return give("sum", {a}, [&] { return n == 0 && !keepdim ? at::sum(In(a), dtype_or_none(dtype)) : at::sum(In(a), Ints(dims, n), keepdim, dtype_or_none(dtype)); });
}
RK Handle rk_mean(Handle a, const int64_t* dims, int32_t n, bool keepdim, int32_t dtype)
{
    return give("mean", {a}, [&] { return n == 0 && !keepdim ? at::mean(In(a), dtype_or_none(dtype)) : at::mean(In(a), Ints(dims, n), keepdim, dtype_or_none(dtype)); });
}
RK Handle rk_nansum(Handle a) { return give("nansum", {a}, [&] { return at::nansum(In(a)); }); }
RK Handle rk_prod(Handle a, int32_t dtype) { return give("prod", {a}, [&] { return at::prod(In(a), dtype_or_none(dtype)); }); }
RK Handle rk_prod_dim(Handle a, int64_t dim, bool keepdim, int32_t dtype)
{
    return give("prod", {a}, [&] { return at::prod(In(a), dim, keepdim, dtype_or_none(dtype)); });
}

#define MOMENT(op) \
    RK Handle rk_##op(Handle a, bool unbiased) { return give(#op, {a}, [&] { return at::op(In(a), unbiased); }); } \
    RK Handle rk_##op##_dims(Handle a, const int64_t* dims, int32_t n, bool unbiased, bool keepdim) \
    { return give(#op, {a}, [&] { return at::op(In(a), Ints(dims, n), unbiased, keepdim); }); } \
    RK Handle rk_##op##_mean(Handle a, bool unbiased, Handle* mean) \
    { return give_pair(#op "_mean", {a}, mean, [&] { return at::op##_mean(In(a), unbiased); }); } \
    RK Handle rk_##op##_mean_dims(Handle a, const int64_t* dims, int32_t n, bool unbiased, bool keepdim, Handle* mean) \
    { return give_pair(#op "_mean", {a}, mean, [&] { return at::op##_mean(In(a), Ints(dims, n), unbiased, keepdim); }); }
MOMENT(std) MOMENT(var)

// Extrema: of everything, with their places along one dimension, over several dimensions.
#define EXTREMUM(op) \
    RK Handle rk_##op(Handle a) { return give(#op, {a}, [&] { return at::op(In(a)); }); } \
    RK Handle rk_##op##_dim(Handle a, int64_t dim, bool keepdim, Handle* index) \
    { return give_pair(#op, {a}, index, [&] { return at::op(In(a), dim, keepdim); }); }
EXTREMUM(max) EXTREMUM(min) EXTREMUM(median)
RK Handle rk_amax(Handle a, const int64_t* dims, int32_t n, bool keepdim)
{
    return give("amax", {a}, [&] { return at::amax(In(a), Ints(dims, n), keepdim); });
}
RK Handle rk_amin(Handle a, const int64_t* dims, int32_t n, bool keepdim)
{
    return give("amin", {a}, [&] { return at::amin(In(a), Ints(dims, n), keepdim); });
}
RK Handle rk_aminmax(Handle a, const int64_t* dim, bool keepdim, Handle* high)
{
    return give_pair("aminmax", {a}, high, [&] { return at::aminmax(In(a), maybe(dim), keepdim); });
}
RK Handle rk_argmax(Handle a, const int64_t* dim, bool keepdim)
{
    return give("argmax", {a}, [&] { return at::argmax(In(a), maybe(dim), keepdim); });
}
RK Handle rk_argmin(Handle a, const int64_t* dim, bool keepdim)
{
    return give("argmin", {a}, [&] { return at::argmin(In(a), maybe(dim), keepdim); });
}

RK Handle rk_topk(Handle a, int64_t k, int64_t dim, bool largest, bool sorted, Handle* index)
{
    return give_pair("topk", {a}, index, [&] { return at::topk(In(a), k, dim, largest, sorted); });
}
RK Handle rk_sort(Handle a, int64_t dim, bool descending, bool stable, Handle* index)
{
    return give_pair("sort", {a}, index, [&] { return at::sort(In(a), Maybe<bool>(stable), dim, descending); });
}
RK Handle rk_argsort(Handle a, int64_t dim, bool descending)
{
    return give("argsort", {a}, [&] { return at::argsort(In(a), dim, descending); });
}
RK Handle rk_kthvalue(Handle a, int64_t k, int64_t dim, bool keepdim, Handle* index)
{
    return give_pair("kthvalue", {a}, index, [&] { return at::kthvalue(In(a), k, dim, keepdim); });
}
RK Handle rk_mode(Handle a, int64_t dim, bool keepdim, Handle* index)
{
    return give_pair("mode", {a}, index, [&] { return at::mode(In(a), dim, keepdim); });
}
RK Handle rk_cummax(Handle a, int64_t dim, Handle* index)
{
    return give_pair("cummax", {a}, index, [&] { return at::cummax(In(a), dim); });
}
RK Handle rk_cummin(Handle a, int64_t dim, Handle* index)
{
    return give_pair("cummin", {a}, index, [&] { return at::cummin(In(a), dim); });
}
RK Handle rk_quantile(Handle a, Handle q, int64_t dim, bool keepdim)
{
    return give("quantile", {a, q}, [&] { return at::quantile(In(a), (const at::Tensor&)In(q), Maybe<int64_t>(dim), keepdim); });
}
RK Handle rk_unique(Handle a, const int64_t* dim, bool sorted, bool inverse, bool counts, bool consecutive, Handle* inverse_out, Handle* counts_out)
{
    return give("unique", {a}, [&] {
        auto [values, where, times] =
            consecutive ? at::unique_consecutive(In(a), inverse, counts, maybe(dim))
            : dim != nullptr ? at::unique_dim(In(a), *dim, sorted, inverse, counts)
            : at::_unique2(In(a), sorted, inverse, counts);
        *inverse_out = inverse ? release(where) : nullptr;
        *counts_out = counts ? release(times) : nullptr;
        return values;
    });
}

RK Handle rk_cumsum(Handle a, int64_t dim, int32_t dtype)
{
    return give("cumsum", {a}, [&] { return at::cumsum(In(a), dim, dtype_or_none(dtype)); });
}
RK Handle rk_cumprod(Handle a, int64_t dim, int32_t dtype)
{
    return give("cumprod", {a}, [&] { return at::cumprod(In(a), dim, dtype_or_none(dtype)); });
}
RK Handle rk_logcumsumexp(Handle a, int64_t dim) { return give("logcumsumexp", {a}, [&] { return at::logcumsumexp(In(a), dim); }); }
RK Handle rk_logsumexp(Handle a, int64_t dim, bool keepdim)
{
    return give("logsumexp", {a}, [&] { return at::logsumexp(In(a), dim, keepdim); });
}
RK Handle rk_softmax(Handle a, int64_t dim, int32_t dtype)
{
    return give("softmax", {a}, [&] { return at::softmax(In(a), dim, dtype_or_none(dtype)); });
}
RK Handle rk_log_softmax(Handle a, int64_t dim, int32_t dtype)
{
    return give("log_softmax", {a}, [&] { return at::log_softmax(In(a), dim, dtype_or_none(dtype)); });
}
RK Handle rk_diff(Handle a, int64_t n, int64_t dim, Handle prepend, Handle append)
{
    return give("diff", {a, prepend, append}, [&] { return at::diff(In(a), n, dim, maybe(prepend), maybe(append)); });
}

RK Handle rk_all(Handle a) { return give("all", {a}, [&] { return at::all(In(a)); }); }
RK Handle rk_any(Handle a) { return give("any", {a}, [&] { return at::any(In(a)); }); }
RK Handle rk_all_dim(Handle a, int64_t dim, bool keepdim) { return give("all", {a}, [&] { return at::all(In(a), dim, keepdim); }); }
RK Handle rk_any_dim(Handle a, int64_t dim, bool keepdim) { return give("any", {a}, [&] { return at::any(In(a), dim, keepdim); }); }
RK Handle rk_count_nonzero(Handle a, const int64_t* dims, int32_t n)
{
    return give("count_nonzero", {a}, [&] { return n == 0 ? at::count_nonzero(In(a)) : at::count_nonzero(In(a), Ints(dims, n)); });
}
RK Handle rk_bincount(Handle a, Handle weights, int64_t least)
{
    return give("bincount", {a, weights}, [&] { return at::bincount(In(a), maybe(weights), least); });
}
RK Handle rk_histc(Handle a, int64_t bins, int64_t low, int64_t high)
{
    return give("histc", {a}, [&] { return at::histc(In(a), bins, low, high); });
}
RK Handle rk_bucketize(Handle a, Handle bounds, bool int32, bool right)
{
    return give("bucketize", {a, bounds}, [&] { return at::bucketize((const at::Tensor&)In(a), In(bounds), int32, right); });
}
RK Handle rk_searchsorted(Handle sorted, Handle values, bool int32, bool right)
{
    return give("searchsorted", {sorted, values}, [&] { return at::searchsorted(In(sorted), (const at::Tensor&)In(values), int32, right); });
}
RK Handle rk_isin(Handle a, Handle test, bool assume_unique, bool invert)
{
    return give("isin", {a, test}, [&] { return at::isin((const at::Tensor&)In(a), (const at::Tensor&)In(test), assume_unique, invert); });
}

RK Handle rk_norm(Handle a, double p) { return give("norm", {a}, [&] { return at::norm(In(a), p); }); }
RK Handle rk_norm_dim(Handle a, double p, int64_t dim, bool keepdim)
{
    return give("norm", {a}, [&] { return at::norm(In(a), at::Scalar(p), dim, keepdim); });
}
RK Handle rk_dist(Handle a, Handle b, double p) { return give("dist", {a, b}, [&] { return at::dist(In(a), In(b), p); }); }
RK Handle rk_renorm(Handle a, double p, int64_t dim, double most)
{
    return give("renorm", {a}, [&] { return at::renorm(In(a), p, dim, most); });
}
RK Handle rk_cov(Handle a, int64_t correction, Handle fweights, Handle aweights)
{
    return give("cov", {a, fweights, aweights}, [&] { return at::cov(In(a), correction, maybe(fweights), maybe(aweights)); });
}
RK Handle rk_corrcoef(Handle a) { return give("corrcoef", {a}, [&] { return at::corrcoef(In(a)); }); }
