using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Views, joins and splits: the methods of Tensor as functions, and those of several tensors.

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor broadcast_to(Tensor input, params long[] shape) => input.broadcast_to(shape);
    public static Tensor tile(Tensor input, long[] dims) => input.tile(dims);
    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);
    public static Tensor repeat_interleave(Tensor input, Tensor repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor fliplr(Tensor input) => input.fliplr();
    public static Tensor flipud(Tensor input) => input.flipud();
    public static Tensor roll(Tensor input, long shifts, long? dims = null) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, long[] shifts) => input.roll(shifts);
    public static Tensor roll(Tensor input, long[] shifts, long[] dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => input.roll(shifts, dims);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor swapaxes(Tensor input, long axis0, long axis1) => input.swapaxes(axis0, axis1);
    public static Tensor swapdims(Tensor input, long dim0, long dim1) => input.swapdims(dim0, dim1);
    public static Tensor movedim(Tensor input, long[] source, long[] destination) => input.movedim(source, destination);
    public static Tensor moveaxis(Tensor input, long[] source, long[] destination) => input.moveaxis(source, destination);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor unflatten(Tensor input, long dim, Size sizes) => input.unflatten(dim, sizes);
    public static Tensor unflatten(Tensor input, long dim, params long[] sizes) => input.unflatten(dim, sizes);
    public static Tensor ravel(Tensor input) => input.ravel();
    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);
    public static Tensor squeeze_(Tensor input, long? dim = null) => input.squeeze_(dim);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor unsqueeze_(Tensor input, long dim) => input.unsqueeze_(dim);
    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor diagonal(Tensor input, long offset = 0, long dim1 = 0, long dim2 = 1) => input.diagonal(offset, dim1, dim2);
    public static Tensor diag_embed(Tensor input, long offset = 0, long dim1 = -2, long dim2 = -1) => input.diag_embed(offset, dim1, dim2);
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor tril_(Tensor input, long diagonal = 0) => input.tril_(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static Tensor triu_(Tensor input, long diagonal = 0) => input.triu_(diagonal);
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);
    public static Tensor[] tensor_split(Tensor input, long indices_or_sections, long dim = 0) =>
        input.tensor_split(indices_or_sections, dim);
    public static Tensor[] tensor_split(Tensor input, long[] indices_or_sections, long dim = 0) =>
        input.tensor_split(indices_or_sections, dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);
    public static Tensor[] unbind(Tensor tensor, int dim = 0) => tensor.unbind(dim);
    public static Tensor clone(Tensor input) => input.clone();
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor index_add(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) =>
        input.index_add(dim, index, source, alpha);
    public static Tensor index_add_(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) =>
        input.index_add_(dim, index, source, alpha);
    public static Tensor index_copy(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy(dim, index, source);
    public static Tensor index_copy_(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy_(dim, index, source);
    public static Tensor index_fill(Tensor input, long dim, Tensor index, Scalar value) => input.index_fill(dim, index, value);
    public static Tensor index_fill_(Tensor input, long dim, Tensor index, Scalar value) => input.index_fill_(dim, index, value);
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) => input.scatter(dim, index, src);
    public static Tensor scatter_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_(dim, index, src);
    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add(dim, index, src);
    public static Tensor scatter_add_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add_(dim, index, src);
    public static Tensor take(Tensor input, Tensor index) => input.take(index);
    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);
    public static Tensor select_scatter(Tensor input, Tensor src, long dim, long index) => input.select_scatter(src, dim, index);
    public static Tensor slice_scatter(Tensor input, Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) =>
        input.slice_scatter(src, dim, start, end, step);

    private static Tensor[] List(IEnumerable<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return tensors as Tensor[] ?? tensors.ToArray();
    }

    private static unsafe Tensor Join(delegate*<nint*, int, long, nint> join, IReadOnlyCollection<Tensor> tensors, long dim)
    {
        fixed (nint* p = Handles(tensors)) return Made(join(p, tensors.Count, dim), tensors);
    }

    // The tensors one after the other along a dimension.
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(List(tensors), dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static unsafe Tensor cat(Tensor[] tensors, long dim = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Length == 0) throw new ArgumentException("There is nothing to join: the list of tensors is empty.", nameof(tensors));
        return Join(&rk_cat, tensors, dim);
    }
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>The tensors along a new dimension.</summary>
    public static unsafe Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Join(&rk_stack, List(tensors), dim);

    private static unsafe Tensor Stack(delegate*<nint*, int, nint> stack, IReadOnlyCollection<Tensor> tensors)
    {
        fixed (nint* p = Handles(tensors)) return Made(stack(p, tensors.Count), tensors);
    }

    public static unsafe Tensor hstack(params Tensor[] tensors) => Stack(&rk_hstack, tensors);
    public static unsafe Tensor hstack(IList<Tensor> tensors) => Stack(&rk_hstack, List(tensors));
    public static unsafe Tensor vstack(Tensor[] tensors) => Stack(&rk_vstack, tensors);
    public static unsafe Tensor vstack(IList<Tensor> tensors) => Stack(&rk_vstack, List(tensors));
    public static unsafe Tensor column_stack(params Tensor[] tensors) => Stack(&rk_column_stack, tensors);
    public static unsafe Tensor block_diag(params Tensor[] tensors) => Stack(&rk_block_diag, tensors);
    public static unsafe Tensor cartesian_prod(params Tensor[] tensors) => Stack(&rk_cartesian_prod, tensors);

    public static unsafe Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij")
    {
        var parts = List(tensors);
        int n;
        fixed (nint* p = Handles(parts)) return Many(rk_meshgrid(p, parts.Length, indexing == "ij", &n), n, parts);
    }

    public static unsafe IList<Tensor> broadcast_tensors(params Tensor[] tensors)
    {
        int n;
        fixed (nint* p = Handles(tensors)) return Many(rk_broadcast_tensors(p, tensors.Length, &n), n, tensors);
    }

    // One tensor in a file of libtorch's own format.
    public static Tensor load(string location) => Tensor.load(location);

    public static void save(Tensor t, string location) => t.save(location);

    /// <summary>The first size elements of a file, on a mapping of it that lives as long as the last view: private unless shared, so that
    /// writing copies pages and never reaches the file.</summary>
    public static unsafe Tensor from_file(string filename, bool? shared = null, long? size = 0, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false)
    {
        ArgumentNullException.ThrowIfNull(filename);
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(filename + '\0'))
            return Made(rk_from_file(path, shared is { } s ? s ? 1 : 0 : -1, size ?? -1, Want(dtype, device, requires_grad)));
    }

    public static bool is_tensor(object obj) => obj is Tensor;

    public unsafe partial class Tensor
    {
        public static Tensor load(string location)
        {
            if (!File.Exists(location)) throw new FileNotFoundException("There is no such tensor file.", location);
            fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(location + '\0')) return Made(rk_load(path));
        }

        public void save(string location)
        {
            fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(location + '\0')) Done(rk_save(H(this), path), this);
        }
    }
}
