using System.Runtime.CompilerServices;
using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Picking and placing elements.
    public unsafe partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => Get(indices);
            set => Put(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => Get([i1]);
            set => Put(value, [i1]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Get([i1, i2]);
            set => Put(value, [i1, i2]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Get([i1, i2, i3]);
            set => Put(value, [i1, i2, i3]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Get([i1, i2, i3, i4]);
            set => Put(value, [i1, i2, i3, i4]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => Get([i1, i2, i3, i4, i5]);
            set => Put(value, [i1, i2, i3, i4, i5]);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => Get([i1, i2, i3, i4, i5, i6]);
            set => Put(value, [i1, i2, i3, i4, i5, i6]);
        }

        private Tensor Get(ReadOnlySpan<long> at)
        {
            Step* steps = stackalloc Step[at.Length];
            for (int i = 0; i < at.Length; i++) steps[i] = new Step(at[i], 0, 0, 0, 0);
            return Made(rk_index(H(this), steps, at.Length), this);
        }

        private void Put(Tensor value, ReadOnlySpan<long> at)
        {
            Step* steps = stackalloc Step[at.Length];
            for (int i = 0; i < at.Length; i++) steps[i] = new Step(at[i], 0, 0, 0, 0);
            Done(rk_index_put_(H(this), steps, at.Length, H(value)), this, value);
        }

        private static Step[] Encode(TensorIndex[] indices)
        {
            ArgumentNullException.ThrowIfNull(indices);
            return Array.ConvertAll(indices, i => i.Encoded);
        }

        private static TensorIndex[] AsIndices(Tensor[] indices)
        {
            ArgumentNullException.ThrowIfNull(indices);
            return Array.ConvertAll(indices, TensorIndex.Tensor);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            fixed (Step* steps = Encode(indices)) return Made(rk_index(H(this), steps, indices.Length), this, indices);
        }

        public Tensor index(params Tensor[] indices) => index(AsIndices(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            fixed (Step* steps = Encode(indices)) return Done(rk_index_put_(H(this), steps, indices.Length, H(value)), this, value, indices);
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, AsIndices(indices));

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            fixed (Step* steps = Encode(indices)) return Done(rk_index_put_number_(H(this), steps, indices.Length, Scalar.Of(value)), this, indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(value, AsIndices(indices));

        /// <summary>With accumulate, values that fall on one place add up; all indices must then be tensors.</summary>
        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            if (!accumulate) return index_put_(value, indices);
            if (indices.Any(i => i.kind != TensorIndex.Kind.Tensor))
                throw new ArgumentException("With accumulate, every index must be a tensor.", nameof(indices));
            var handles = Array.ConvertAll(indices, i => H(i.tensor));
            fixed (nint* p = handles) return Done(rk_index_accumulate_(H(this), p, handles.Length, H(value), accumulate), this, value, indices);
        }

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            index_put_(value, AsIndices(indices), accumulate);

        private static Tensor Long(Tensor index) =>
            index.dtype == ScalarType.Int64 ? index : throw new ArgumentException($"Element type of 'index' must be 'Int64', not '{index.dtype}'.");

        public Tensor index_select(long dim, Tensor index) => Made(rk_index_select(H(this), dim, H(index)), this, index);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Made(rk_index_add(H(this), dim, H(Long(index)), H(source), Scalar.Of(alpha)), this, index, source);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Done(rk_index_add_(H(this), dim, H(Long(index)), H(source), Scalar.Of(alpha)), this, index, source);
        public Tensor index_copy(long dim, Tensor index, Tensor source) =>
            Made(rk_index_copy(H(this), dim, H(Long(index)), H(source)), this, index, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Done(rk_index_copy_(H(this), dim, H(Long(index)), H(source)), this, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            Made(rk_index_fill(H(this), dim, H(Long(index)), Scalar.Of(value)), this, index);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Done(rk_index_fill_(H(this), dim, H(Long(index)), Scalar.Of(value)), this, index);

        public Tensor gather(long dim, Tensor index) => Made(rk_gather(H(this), dim, H(index)), this, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Made(rk_scatter(H(this), dim, H(index), H(src)), this, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Done(rk_scatter_(H(this), dim, H(index), H(src)), this, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) =>
            Made(rk_scatter_add(H(this), dim, H(index), H(src)), this, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) =>
            Done(rk_scatter_add_(H(this), dim, H(index), H(src)), this, index, src);

        public Tensor take(Tensor index) => Made(rk_take(H(this), H(index)), this, index);
        public Tensor take_along_dim(Tensor indices) => Made(rk_take_along_dim(H(this), H(indices), null), this, indices);
        public Tensor take_along_dim(Tensor indices, long dim) => Made(rk_take_along_dim(H(this), H(indices), &dim), this, indices);

        public Tensor masked_fill(Tensor mask, Scalar value) => Made(rk_masked_fill(H(this), H(mask), Scalar.Of(value)), this, mask);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Done(rk_masked_fill_(H(this), H(mask), Scalar.Of(value)), this, mask);
        public Tensor masked_scatter(Tensor mask, Tensor value) => Made(rk_masked_scatter(H(this), H(mask), H(value)), this, mask, value);
        public Tensor masked_scatter_(Tensor mask, Tensor value) => Done(rk_masked_scatter_(H(this), H(mask), H(value)), this, mask, value);
        public Tensor masked_select(Tensor mask) => Made(rk_masked_select(H(this), H(mask)), this, mask);

        public Tensor select_scatter(Tensor src, long dim, long index) => Made(rk_select_scatter(H(this), H(src), dim, index), this, src);

        public Tensor slice_scatter(Tensor src, long dim = 0L, long? start = null, long? end = null, long step = 1L)
        {
            long s = start ?? 0, e = end ?? 0;
            return Made(rk_slice_scatter(H(this), H(src), dim, start.HasValue ? &s : null, end.HasValue ? &e : null, step), this, src);
        }
    }
}
