using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Order statistics, counting and searching.
    public unsafe partial class Tensor
    {
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            nint index;
            return Pair(rk_topk(H(this), k, dim, largest, sorted, &index), index, this);
        }

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            nint index;
            return Pair(rk_sort(H(this), dim, descending, stable, &index), index, this);
        }

        public Tensor argsort(long dim = -1, bool descending = false) => Made(rk_argsort(H(this), dim, descending), this);

        public Tensor msort() => sort(0).Values;

        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false)
        {
            nint index;
            return Pair(rk_kthvalue(H(this), k, dim ?? -1, keepdim, &index), index, this);
        }

        public (Tensor values, Tensor indices) mode(long dim = -1L, bool keepdim = false)
        {
            nint index;
            return Pair(rk_mode(H(this), dim, keepdim, &index), index, this);
        }

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Made(rk_quantile(H(this), H(q), dim, keepdim), this, q);

        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            Unique(dim, sorted, return_inverse, return_counts, consecutive: false);

        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique_consecutive(bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            Unique(dim, false, return_inverse, return_counts, consecutive: true);

        private (Tensor, Tensor?, Tensor?) Unique(int? dim, bool sorted, bool inverse, bool counts, bool consecutive)
        {
            long d = dim ?? 0;
            nint where, times;
            var values = Made(rk_unique(H(this), dim.HasValue ? &d : null, sorted, inverse, counts, consecutive, &where, &times), this);
            return (values, where == 0 ? null : new Tensor(where), times == 0 ? null : new Tensor(times));
        }

        public Tensor bincount(Tensor? weights, long minlength = 0) => Made(rk_bincount(H(this), Opt(weights), minlength), this, weights);

        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Made(rk_histc(H(this), bins, min, max), this);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            Made(rk_bucketize(H(this), H(boundaries), outInt32, right), this, boundaries);

        public Tensor nonzero() => Made(rk_nonzero(H(this)), this);

        public IList<Tensor> nonzero_as_list()
        {
            int n;
            return Many(rk_nonzero_list(H(this), &n), n, this);
        }

        public Tensor argwhere() => Made(rk_argwhere(H(this)), this);
    }

    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false) =>
        Made(rk_searchsorted(H(sorted_sequence), H(values), out_int32, right), sorted_sequence, values);

    public static Tensor bincount(Tensor input, Tensor? weights = null, long minlength = 0) => input.bincount(weights, minlength);
    public static Tensor histc(Tensor input, long bins = 100, long min = 0, long max = 0) => input.histc(bins, min, max);
    public static Tensor bucketize(Tensor input, Tensor boundaries, bool outInt32 = false, bool right = false) =>
        input.bucketize(boundaries, outInt32, right);
    public static Tensor nonzero(Tensor input) => input.nonzero();
    public static Tensor argwhere(Tensor input) => input.argwhere();
    public static Tensor argsort(Tensor input, long dim = -1, bool descending = false) => input.argsort(dim, descending);
    public static Tensor msort(Tensor tensor) => tensor.msort();
    public static Tensor quantile(Tensor input, Tensor q, long dim = -1, bool keepdim = false) => input.quantile(q, dim, keepdim);
    public static Tensor isin(Tensor tensor, Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
        tensor.isin(test_elements, assumeUnique, invert);

    public static (Tensor values, Tensor indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) =>
        input.sort(dim, descending, stable);
    public static (Tensor values, Tensor indices) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);
    public static (Tensor values, Tensor indices) kthvalue(Tensor input, long k, long? dim, bool keepdim = false) =>
        input.kthvalue(k, dim, keepdim);
    public static (Tensor values, Tensor indices) mode(Tensor input, long dim = -1L, bool keepdim = false) => input.mode(dim, keepdim);

    public static (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(Tensor input, bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null) =>
        input.unique(sorted, return_inverse, return_counts, dim);
    public static (Tensor output, Tensor? inverse_indices, Tensor? counts) unique_consecutive(Tensor input, bool return_inverse = false, bool return_counts = false, int? dim = null) =>
        input.unique_consecutive(return_inverse, return_counts, dim);
}
