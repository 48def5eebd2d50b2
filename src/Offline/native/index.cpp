// Picking and placing elements by number, range, mask or index tensor.
#include "abi.h"

#include <ATen/TensorIndexing.h>

namespace {

using at::indexing::TensorIndex;

#if TORCH_VERSION_MAJOR >= 2
using Bound = c10::SymInt;
#else
using Bound = int64_t;
#endif

// One step of an index expression. kind: 0 number (start), 1 slice, 2 tensor, 3 ellipsis, 4 new axis, 5 boolean (start).
// In a slice a bound of INT64_MIN was not given.
struct Step { int64_t start, stop, step; Handle tensor; int32_t kind; };

std::vector<TensorIndex> steps(const Step* s, int32_t n)
{
    auto bound = [](int64_t v) { return v == INT64_MIN ? Maybe<Bound>() : Maybe<Bound>(Bound(v)); };
    std::vector<TensorIndex> result;
    for (int32_t i = 0; i < n; i++, s++) switch (s->kind) {
        case 0: result.emplace_back(s->start); break;
        case 1: result.emplace_back(at::indexing::Slice(bound(s->start), bound(s->stop), bound(s->step))); break;
        case 2: result.emplace_back(own(s->tensor)); break;
        case 3: result.emplace_back(at::indexing::Ellipsis); break;
        case 4: result.emplace_back(at::indexing::None); break;
        default: result.emplace_back(s->start != 0); break;
    }
    return result;
}

}  // namespace

RK Handle rk_index(Handle a, const Step* s, int32_t n) { return give("index", {a}, [&] { return In(a)->index(steps(s, n)); }); }
RK int32_t rk_index_put_(Handle a, const Step* s, int32_t n, Handle value)
{
    return run("index_put_", {a, value}, [&] { In self(a); self.t.index_put_(steps(s, n), (const at::Tensor&)In(value)); });
}
RK int32_t rk_index_put_number_(Handle a, const Step* s, int32_t n, Number value)
{
    return run("index_put_", {a}, [&] { In self(a); self.t.index_put_(steps(s, n), scalar(value)); });
}
// With index tensors only (null for a whole dimension), where repeated places may add up.
RK int32_t rk_index_accumulate_(Handle a, const Handle* indices, int32_t n, Handle value, bool accumulate)
{
    return run("index_put_", {a, value}, [&] {
        c10::List<Maybe<at::Tensor>> places;
        for (int32_t i = 0; i < n; i++) places.push_back(maybe(indices[i]));
        In(a)->index_put_(places, In(value), accumulate);
    });
}

RK Handle rk_index_select(Handle a, int64_t dim, Handle index)
{
    return give("index_select", {a, index}, [&] { return at::index_select(In(a), dim, In(index)); });
}
RK Handle rk_gather(Handle a, int64_t dim, Handle index)
{
    return give("gather", {a, index}, [&] { return at::gather(In(a), dim, In(index)); });
}
RK Handle rk_take(Handle a, Handle index) { return give("take", {a, index}, [&] { return at::take(In(a), In(index)); }); }
RK Handle rk_take_along_dim(Handle a, Handle index, const int64_t* dim)
{
    return give("take_along_dim", {a, index}, [&] { return at::take_along_dim(In(a), In(index), maybe(dim)); });
}
RK Handle rk_masked_select(Handle a, Handle mask)
{
    return give("masked_select", {a, mask}, [&] { return at::masked_select(In(a), In(mask)); });
}
RK Handle rk_nonzero(Handle a) { return give("nonzero", {a}, [&] { return at::nonzero(In(a)); }); }
RK Handle rk_argwhere(Handle a) { return give("argwhere", {a}, [&] { return at::argwhere(In(a)); }); }

// f(a, dim, index, source) and f_.
#define PLACE(op) \
    RK Handle rk_##op(Handle a, int64_t dim, Handle index, Handle source) \
    { return give(#op, {a, index, source}, [&] { return at::op(In(a), dim, (const at::Tensor&)In(index), (const at::Tensor&)In(source)); }); } \
    RK int32_t rk_##op##_(Handle a, int64_t dim, Handle index, Handle source) \
    { return run(#op "_", {a, index, source}, [&] { In(a)->op##_(dim, (const at::Tensor&)In(index), (const at::Tensor&)In(source)); }); }
PLACE(scatter) PLACE(scatter_add) PLACE(index_copy)
RK Handle rk_index_add(Handle a, int64_t dim, Handle index, Handle source, Number alpha)
{
    return give("index_add", {a, index, source}, [&] { return at::index_add(In(a), dim, In(index), In(source), scalar(alpha)); });
}
RK int32_t rk_index_add_(Handle a, int64_t dim, Handle index, Handle source, Number alpha)
{
    return run("index_add_", {a, index, source}, [&] { In(a)->index_add_(dim, In(index), In(source), scalar(alpha)); });
}
RK Handle rk_index_fill(Handle a, int64_t dim, Handle index, Number v)
{
    return give("index_fill", {a, index}, [&] { return at::index_fill(In(a), dim, In(index), scalar(v)); });
}
RK int32_t rk_index_fill_(Handle a, int64_t dim, Handle index, Number v)
{
    return run("index_fill_", {a, index}, [&] { In(a)->index_fill_(dim, In(index), scalar(v)); });
}
RK Handle rk_masked_fill(Handle a, Handle mask, Number v)
{
    return give("masked_fill", {a, mask}, [&] { return at::masked_fill(In(a), In(mask), scalar(v)); });
}
RK int32_t rk_masked_fill_(Handle a, Handle mask, Number v)
{
    return run("masked_fill_", {a, mask}, [&] { In(a)->masked_fill_(In(mask), scalar(v)); });
}
RK Handle rk_masked_scatter(Handle a, Handle mask, Handle source)
{
    return give("masked_scatter", {a, mask, source}, [&] { return at::masked_scatter(In(a), In(mask), In(source)); });
}
RK int32_t rk_masked_scatter_(Handle a, Handle mask, Handle source)
{
    return run("masked_scatter_", {a, mask, source}, [&] { In(a)->masked_scatter_(In(mask), In(source)); });
}
RK Handle rk_select_scatter(Handle a, Handle source, int64_t dim, int64_t index)
{
    return give("select_scatter", {a, source}, [&] { return at::select_scatter(In(a), In(source), dim, index); });
}
RK Handle rk_slice_scatter(Handle a, Handle source, int64_t dim, const int64_t* start, const int64_t* end, int64_t step)
{
    return give("slice_scatter", {a, source}, [&] { return at::slice_scatter(In(a), In(source), dim, maybe(start), maybe(end), step); });
}
