using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // The same elements in another form.
    public unsafe partial class Tensor
    {
        public Tensor view(params long[] shape)
        {
            fixed (long* p = Given(shape)) return Made(rk_view(H(this), p, shape.Length), this);
        }

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor reshape(params long[] shape)
        {
            fixed (long* p = Given(shape)) return Made(rk_reshape(H(this), p, shape.Length), this);
        }

        public Tensor permute(params long[] permutation)
        {
            fixed (long* p = Given(permutation)) return Made(rk_permute(H(this), p, permutation.Length), this);
        }

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor expand(params long[] sizes) => expand((ReadOnlySpan<long>)sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => expand((ReadOnlySpan<long>)sizes, isImplicit);
        public Tensor expand(Size sizes, bool isImplicit = false) => expand((ReadOnlySpan<long>)sizes.Shape, isImplicit);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false)
        {
            fixed (long* p = sizes) return Made(rk_expand(H(this), p, sizes.Length, isImplicit), this);
        }

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor broadcast_to(params long[] shape)
        {
            fixed (long* p = Given(shape)) return Made(rk_broadcast_to(H(this), p, shape.Length), this);
        }

        public Tensor repeat(params long[] sizes)
        {
            fixed (long* p = Given(sizes)) return Made(rk_repeat(H(this), p, sizes.Length), this);
        }

        public Tensor tile(long[] reps)
        {
            fixed (long* p = Given(reps)) return Made(rk_tile(H(this), p, reps.Length), this);
        }

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null)
        {
            long d = dim ?? 0, size = output_size ?? 0;
            return Made(rk_repeat_interleave(H(this), repeats, dim.HasValue ? &d : null, output_size.HasValue ? &size : null), this);
        }

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null)
        {
            long d = dim ?? 0, size = output_size ?? 0;
            return Made(rk_repeat_interleave_tensor(H(this), H(repeats), dim.HasValue ? &d : null, output_size.HasValue ? &size : null), this, repeats);
        }

        public Tensor flip(params long[] dims)
        {
            fixed (long* p = Given(dims)) return Made(rk_flip(H(this), p, dims.Length), this);
        }

        public Tensor fliplr() => Made(rk_fliplr(H(this)), this);
        public Tensor flipud() => Made(rk_flipud(H(this)), this);

        public Tensor roll(long shifts, long? dims = null) =>
            dims.HasValue ? roll([shifts], [dims.Value]) : roll([shifts], default(ReadOnlySpan<long>));
        public Tensor roll(long[] shifts) => roll(shifts, default(ReadOnlySpan<long>));
        public Tensor roll(long[] shifts, long[] dims) => roll((ReadOnlySpan<long>)shifts, (ReadOnlySpan<long>)dims);

        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default)
        {
            fixed (long* p = shifts, q = dims) return Made(rk_roll(H(this), p, shifts.Length, q, dims.Length), this);
        }

        public Tensor t() => Made(rk_t(H(this)), this);

        /// <summary>All dimensions in reverse order.</summary>
        public Tensor T => Made(rk_numpy_T(H(this)), this);

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => Made(rk_mT(H(this)), this);

        public Tensor transpose(long dim0, long dim1) => Made(rk_transpose(H(this), dim0, dim1), this);
        public Tensor transpose_(long dim0, long dim1) => Done(rk_transpose_(H(this), dim0, dim1), this);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor movedim(long[] source, long[] destination)
        {
            fixed (long* p = Given(source), q = Given(destination)) return Made(rk_movedim(H(this), p, source.Length, q, destination.Length), this);
        }

        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Made(rk_flatten(H(this), start_dim, end_dim), this);

        public Tensor unflatten(long dim, params long[] sizes)
        {
            fixed (long* p = Given(sizes)) return Made(rk_unflatten(H(this), dim, p, sizes.Length), this);
        }

        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);

        public Tensor ravel() => Made(rk_ravel(H(this)), this);

        public Tensor squeeze(long? dim = null)
        {
            long d = dim ?? 0;
            return Made(rk_squeeze(H(this), dim.HasValue ? &d : null), this);
        }

        public Tensor squeeze_(long? dim = null)
        {
            long d = dim ?? 0;
            return Done(rk_squeeze_(H(this), dim.HasValue ? &d : null), this);
        }

        public Tensor unsqueeze(long dim) => Made(rk_unsqueeze(H(this), dim), this);
        public Tensor unsqueeze_(long dim) => Done(rk_unsqueeze_(H(this), dim), this);

        public Tensor narrow(long dim, long start, long length) => Made(rk_narrow(H(this), dim, start, length), this);
        public Tensor select(long dim, long index) => Made(rk_select(H(this), dim, index), this);
        public Tensor slice(long dim, long start, long finish, long step) => Made(rk_slice(H(this), dim, start, finish, step), this);
        public Tensor unfold(long dimension, long size, long step) => Made(rk_unfold(H(this), dimension, size, step), this);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0L)
        {
            fixed (long* p = Given(size), q = Given(strides)) return Made(rk_as_strided(H(this), p, size.Length, q, strides.Length, storageOffset), this);
        }

        public Tensor diag(long diagonal = 0) => Made(rk_diag(H(this), diagonal), this);
        public Tensor diagonal(long offset = 0L, long dim1 = 0L, long dim2 = 1L) => Made(rk_diagonal(H(this), offset, dim1, dim2), this);
        public Tensor diag_embed(long offset = 0L, long dim1 = -2L, long dim2 = -1L) =>
            Made(rk_diag_embed(H(this), offset, dim1, dim2), this);
        public Tensor tril(long diagonal = 0) => Made(rk_tril(H(this), diagonal), this);
        public Tensor triu(long diagonal = 0) => Made(rk_triu(H(this), diagonal), this);

        // In place, but through another handle, as in TorchSharp.
        public Tensor tril_(long diagonal = 0) => Done(rk_tril_(H(this), diagonal), this).Again();
        public Tensor triu_(long diagonal = 0) => Done(rk_triu_(H(this), diagonal), this).Again();

        public Tensor[] split(long size, int dim = 0)
        {
            int n;
            return Many(rk_split(H(this), size, dim, &n), n, this);
        }

        public Tensor[] split(params long[] sizes) => split((ReadOnlySpan<long>)sizes);
        public Tensor[] split(long[] sizes, long dim = 0) => split((ReadOnlySpan<long>)sizes, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0)
        {
            int n;
            fixed (long* p = sizes) return Many(rk_split_sizes(H(this), p, sizes.Length, dim, &n), n, this);
        }

        public Tensor[] tensor_split(long size, long dim = 0)
        {
            int n;
            return Many(rk_tensor_split(H(this), size, dim, &n), n, this);
        }

        public Tensor[] tensor_split(long[] sizes, long dim = 0)
        {
            int n;
            fixed (long* p = Given(sizes)) return Many(rk_tensor_split_at(H(this), p, sizes.Length, dim, &n), n, this);
        }

        public Tensor[] chunk(long chunks, long dim = 0)
        {
            int n;
            return Many(rk_chunk(H(this), chunks, dim, &n), n, this);
        }

        public Tensor[] unbind(long dimension = 0)
        {
            int n;
            return Many(rk_unbind(H(this), dimension, &n), n, this);
        }
    }
}
