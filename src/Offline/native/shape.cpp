// The same elements in another form or place: views, joins, splits, copies between dtypes and devices.
#include "abi.h"

#define PLAIN(op) RK Handle rk_##op(Handle a) { return give(#op, {a}, [&] { return In(a)->op(); }); }
PLAIN(clone) PLAIN(detach) PLAIN(t) PLAIN(fliplr) PLAIN(flipud) PLAIN(ravel) PLAIN(mT) PLAIN(pin_memory)
// The very tensor under another handle, which a view of it would not be: a leaf stays one, and its gradient is the same.
RK Handle rk_alias(Handle a)
{
    return give("alias", {a}, [&] {
        In same(a);
        return at::Tensor(same.t);
    });
}
RK Handle rk_contiguous(Handle a) { return give("contiguous", {a}, [&] { return In(a)->contiguous(); }); }
RK int32_t rk_detach_(Handle a) { return run("detach_", {a}, [&] { In(a)->detach_(); }); }
RK Handle rk_numpy_T(Handle a) { return give("T", {a}, [&] { return In(a)->numpy_T(); }); }

RK Handle rk_view(Handle a, const int64_t* size, int32_t n) { return give("view", {a}, [&] { return In(a)->view(Ints(size, n)); }); }
RK Handle rk_reshape(Handle a, const int64_t* size, int32_t n)
{
    return give("reshape", {a}, [&] { return In(a)->reshape(Ints(size, n)); });
}
RK Handle rk_permute(Handle a, const int64_t* dims, int32_t n)
{
    return give("permute", {a}, [&] { return In(a)->permute(Ints(dims, n)); });
}
RK Handle rk_expand(Handle a, const int64_t* size, int32_t n, bool is_implicit)
{
    return give("expand", {a}, [&] { return In(a)->expand(Ints(size, n), is_implicit); });
}
RK Handle rk_broadcast_to(Handle a, const int64_t* size, int32_t n)
{
    return give("broadcast_to", {a}, [&] { return In(a)->broadcast_to(Ints(size, n)); });
}
RK Handle rk_repeat(Handle a, const int64_t* times, int32_t n)
{
    return give("repeat", {a}, [&] { return In(a)->repeat(Ints(times, n)); });
}
RK Handle rk_tile(Handle a, const int64_t* times, int32_t n) { return give("tile", {a}, [&] { return In(a)->tile(Ints(times, n)); }); }
RK Handle rk_flip(Handle a, const int64_t* dims, int32_t n) { return give("flip", {a}, [&] { return In(a)->flip(Ints(dims, n)); }); }
RK Handle rk_roll(Handle a, const int64_t* shifts, int32_t n, const int64_t* dims, int32_t m)
{
    return give("roll", {a}, [&] { return In(a)->roll(Ints(shifts, n), Ints(dims, m)); });
}
RK Handle rk_transpose(Handle a, int64_t x, int64_t y) { return give("transpose", {a}, [&] { return In(a)->transpose(x, y); }); }
RK int32_t rk_transpose_(Handle a, int64_t x, int64_t y) { return run("transpose_", {a}, [&] { In(a)->transpose_(x, y); }); }
RK Handle rk_flatten(Handle a, int64_t from, int64_t to) { return give("flatten", {a}, [&] { return In(a)->flatten(from, to); }); }
RK Handle rk_unflatten(Handle a, int64_t dim, const int64_t* size, int32_t n)
{
    return give("unflatten", {a}, [&] { return In(a)->unflatten(dim, Ints(size, n)); });
}
RK Handle rk_squeeze(Handle a, const int64_t* dim)
{
    return give("squeeze", {a}, [&] { return dim ? In(a)->squeeze(*dim) : In(a)->squeeze(); });
}
RK int32_t rk_squeeze_(Handle a, const int64_t* dim)
{
    return run("squeeze_", {a}, [&] { if (dim) In(a)->squeeze_(*dim); else In(a)->squeeze_(); });
}
RK Handle rk_unsqueeze(Handle a, int64_t dim) { return give("unsqueeze", {a}, [&] { return In(a)->unsqueeze(dim); }); }
RK int32_t rk_unsqueeze_(Handle a, int64_t dim) { return run("unsqueeze_", {a}, [&] { In(a)->unsqueeze_(dim); }); }
RK Handle rk_narrow(Handle a, int64_t dim, int64_t start, int64_t length)
{
    return give("narrow", {a}, [&] { return In(a)->narrow(dim, start, length); });
}
RK Handle rk_select(Handle a, int64_t dim, int64_t index) { return give("select", {a}, [&] { return In(a)->select(dim, index); }); }
RK Handle rk_slice(Handle a, int64_t dim, int64_t start, int64_t stop, int64_t step)
{
    return give("slice", {a}, [&] { return In(a)->slice(dim, start, stop, step); });
}
RK Handle rk_movedim(Handle a, const int64_t* from, int32_t n, const int64_t* to, int32_t m)
{
    return give("movedim", {a}, [&] { return In(a)->movedim(Ints(from, n), Ints(to, m)); });
}
RK Handle rk_as_strided(Handle a, const int64_t* size, int32_t n, const int64_t* stride, int32_t m, int64_t offset)
{
    return give("as_strided", {a}, [&] { return In(a)->as_strided(Ints(size, n), Ints(stride, m), offset); });
}
RK Handle rk_unfold(Handle a, int64_t dim, int64_t size, int64_t step)
{
    return give("unfold", {a}, [&] { return In(a)->unfold(dim, size, step); });
}
RK Handle rk_diag(Handle a, int64_t offset) { return give("diag", {a}, [&] { return In(a)->diag(offset); }); }
RK Handle rk_diagonal(Handle a, int64_t offset, int64_t x, int64_t y)
{
    return give("diagonal", {a}, [&] { return In(a)->diagonal(offset, x, y); });
}
RK Handle rk_diag_embed(Handle a, int64_t offset, int64_t x, int64_t y)
{
    return give("diag_embed", {a}, [&] { return In(a)->diag_embed(offset, x, y); });
}
RK Handle rk_tril(Handle a, int64_t d) { return give("tril", {a}, [&] { return In(a)->tril(d); }); }
RK Handle rk_triu(Handle a, int64_t d) { return give("triu", {a}, [&] { return In(a)->triu(d); }); }
RK int32_t rk_tril_(Handle a, int64_t d) { return run("tril_", {a}, [&] { In(a)->tril_(d); }); }
RK int32_t rk_triu_(Handle a, int64_t d) { return run("triu_", {a}, [&] { In(a)->triu_(d); }); }
RK Handle rk_repeat_interleave(Handle a, int64_t times, const int64_t* dim, const int64_t* size)
{
    return give("repeat_interleave", {a}, [&] { return In(a)->repeat_interleave(times, maybe(dim), maybe(size)); });
}
RK Handle rk_repeat_interleave_tensor(Handle a, Handle times, const int64_t* dim, const int64_t* size)
{
    return give("repeat_interleave", {a, times}, [&] { return In(a)->repeat_interleave((const at::Tensor&)In(times), maybe(dim), maybe(size)); });
}

// Joins. The shapes in a failure's message are those of the first operands.
#define JOIN(op) \
    RK Handle rk_##op(const Handle* parts, int32_t n, int64_t dim) \
    { \
        try { return release(at::op(list(parts, n), dim)); } \
        catch (...) { remember_failure(#op, parts, n < 8 ? n : 8); return nullptr; } \
    }
JOIN(cat) JOIN(stack)
#define STACK(op) \
    RK Handle rk_##op(const Handle* parts, int32_t n) \
    { \
        try { return release(at::op(list(parts, n))); } \
        catch (...) { remember_failure(#op, parts, n < 8 ? n : 8); return nullptr; } \
    }
STACK(hstack) STACK(vstack) STACK(dstack) STACK(column_stack) STACK(block_diag) STACK(cartesian_prod)
RK Handle* rk_meshgrid(const Handle* parts, int32_t n, bool ij, int32_t* count)
{
    return give_many("meshgrid", {}, count, [&] { return at::meshgrid(list(parts, n), ij ? "ij" : "xy"); });
}
RK Handle* rk_broadcast_tensors(const Handle* parts, int32_t n, int32_t* count)
{
    return give_many("broadcast_tensors", {}, count, [&] { return at::broadcast_tensors(list(parts, n)); });
}

// Splits.
RK Handle* rk_split(Handle a, int64_t size, int64_t dim, int32_t* count)
{
    return give_many("split", {a}, count, [&] { return In(a)->split(size, dim); });
}
RK Handle* rk_split_sizes(Handle a, const int64_t* sizes, int32_t n, int64_t dim, int32_t* count)
{
    return give_many("split", {a}, count, [&] { return In(a)->split_with_sizes(Ints(sizes, n), dim); });
}
RK Handle* rk_tensor_split(Handle a, int64_t sections, int64_t dim, int32_t* count)
{
    return give_many("tensor_split", {a}, count, [&] { return In(a)->tensor_split(sections, dim); });
}
RK Handle* rk_tensor_split_at(Handle a, const int64_t* at, int32_t n, int64_t dim, int32_t* count)
{
    return give_many("tensor_split", {a}, count, [&] { return In(a)->tensor_split(Ints(at, n), dim); });
}
RK Handle* rk_chunk(Handle a, int64_t chunks, int64_t dim, int32_t* count)
{
    return give_many("chunk", {a}, count, [&] { return In(a)->chunk(chunks, dim); });
}
RK Handle* rk_unbind(Handle a, int64_t dim, int32_t* count) { return give_many("unbind", {a}, count, [&] { return In(a)->unbind(dim); }); }
RK Handle* rk_nonzero_list(Handle a, int32_t* count) { return give_many("nonzero", {a}, count, [&] { return In(a)->nonzero_numpy(); }); }

// Copies. A dtype or device type of -1 keeps what there is.
RK Handle rk_to(Handle a, int32_t dtype, int32_t type, int32_t index, bool copy, bool non_blocking)
{
    return give("to", {a}, [&] { return In(a)->to(options({dtype, type, index, 0}), non_blocking, copy); });
}
RK int32_t rk_copy_(Handle a, Handle source, bool non_blocking)
{
    return run("copy_", {a, source}, [&] { In(a)->copy_(In(source), non_blocking); });
}
RK int32_t rk_set_(Handle a, Handle source) { return run("set_", {a, source}, [&] { In(a)->set_((const at::Tensor&)In(source)); }); }
RK bool rk_is_pinned(Handle a)
{
    try { return In(a)->is_pinned(); }
    catch (...) { return false; }
}
