// Tensors from nothing, from memory, and from a random stream; generators.
#include "abi.h"
#include <ATen/CPUGeneratorImpl.h>

namespace {

using Impl = at::GeneratorImpl;

Maybe<at::Generator> generator(Impl* g)
{
    if (g == nullptr) return {};
    return at::Generator(c10::intrusive_ptr<Impl>::unsafe_reclaim_from_nonowning(g));
}

Impl* give_generator(at::Generator g) { return g.unsafeReleaseGeneratorImpl(); }

}  // namespace

#define SIZES const int64_t *size, int32_t n, Options o
RK Handle rk_empty(SIZES) { return give("empty", {}, [&] { return with_grad(at::empty(Ints(size, n), options(o)), o); }); }
RK Handle rk_zeros(SIZES) { return give("zeros", {}, [&] { return with_grad(at::zeros(Ints(size, n), options(o)), o); }); }
RK Handle rk_ones(SIZES) { return give("ones", {}, [&] { return with_grad(at::ones(Ints(size, n), options(o)), o); }); }
RK Handle rk_full(SIZES, Number v)
{
    return give("full", {}, [&] { return with_grad(at::full(Ints(size, n), scalar(v), options(o)), o); });
}
RK Handle rk_rand(SIZES, Impl* g)
{
    return give("rand", {}, [&] { return with_grad(at::rand(Ints(size, n), generator(g), options(o)), o); });
}
RK Handle rk_randn(SIZES, Impl* g)
{
    return give("randn", {}, [&] { return with_grad(at::randn(Ints(size, n), generator(g), options(o)), o); });
}
RK Handle rk_randint(SIZES, int64_t low, int64_t high, Impl* g)
{
    return give("randint", {}, [&] { return with_grad(at::randint(low, high, Ints(size, n), generator(g), options(o)), o); });
}
RK Handle rk_randperm(int64_t n, Options o, Impl* g)
{
    return give("randperm", {}, [&] { return with_grad(at::randperm(n, generator(g), options(o)), o); });
}
RK Handle rk_arange(Number start, Number stop, Number step, Options o)
{
    return give("arange", {}, [&] { return with_grad(at::arange(scalar(start), scalar(stop), scalar(step), options(o)), o); });
}
RK Handle rk_linspace(double start, double end, int64_t steps, Options o)
{
    return give("linspace", {}, [&] { return with_grad(at::linspace(start, end, steps, options(o)), o); });
}
RK Handle rk_logspace(double start, double end, int64_t steps, double base, Options o)
{
    return give("logspace", {}, [&] { return with_grad(at::logspace(start, end, steps, base, options(o)), o); });
}
RK Handle rk_eye(int64_t rows, int64_t columns, Options o)
{
    return give("eye", {}, [&] { return with_grad(at::eye(rows, columns, options(o)), o); });
}
RK Handle rk_tri_indices(bool upper, int64_t rows, int64_t columns, int64_t offset, Options o)
{
    return give("tri_indices", {}, [&] {
        return upper ? at::triu_indices(rows, columns, offset, options(o)) : at::tril_indices(rows, columns, offset, options(o));
    });
}

#define LIKE(name) \
    RK Handle rk_##name(Handle a, Options o) { return give(#name, {a}, [&] { return with_grad(at::name(In(a), options(o)), o); }); }
LIKE(empty_like) LIKE(zeros_like) LIKE(ones_like) LIKE(rand_like) LIKE(randn_like)
RK Handle rk_full_like(Handle a, Options o, Number v)
{
    return give("full_like", {a}, [&] { return with_grad(at::full_like(In(a), scalar(v), options(o)), o); });
}
RK Handle rk_randint_like(Handle a, Options o, int64_t low, int64_t high)
{
    return give("randint_like", {a}, [&] { return with_grad(at::randint_like(In(a), low, high, options(o)), o); });
}

// Memory that C# owns. With `done`, the tensor is a window on it and done(state) runs when the last view is gone;
// without, the values are copied. `type` is what lies there, o.dtype what is wanted.
RK Handle rk_from_memory(void* data, const int64_t* size, int32_t n, int32_t type, Options o, void (*done)(void*), void* state)
{
    std::shared_ptr<void> keeper(state, done != nullptr ? done : [](void*) {});  // lives as long as the last view, or the failure
    return give("tensor", {}, [&] {
        auto lying = at::TensorOptions().dtype((at::ScalarType)type);
        if (done != nullptr) return with_grad(at::from_blob(data, Ints(size, n), [keeper](void*) {}, lying).to(options(o)), o);
        auto t = at::empty(Ints(size, n), lying);
        if (t.numel() > 0) std::memcpy(t.data_ptr(), data, t.nbytes());
        return with_grad(t.to(options(o)), o);
    });
}

// Random, in place.
RK int32_t rk_normal_(Handle a, double mean, double std, Impl* g)
{
    return run("normal_", {a}, [&] { In(a)->normal_(mean, std, generator(g)); });
}
RK int32_t rk_uniform_(Handle a, double from, double to, Impl* g)
{
    return run("uniform_", {a}, [&] { In(a)->uniform_(from, to, generator(g)); });
}
RK int32_t rk_bernoulli_(Handle a, double p, Impl* g) { return run("bernoulli_", {a}, [&] { In(a)->bernoulli_(p, generator(g)); }); }
RK int32_t rk_bernoulli_tensor_(Handle a, Handle p, Impl* g)
{
    return run("bernoulli_", {a, p}, [&] { In(a)->bernoulli_((const at::Tensor&)In(p), generator(g)); });
}
RK int32_t rk_exponential_(Handle a, double rate, Impl* g)
{
    return run("exponential_", {a}, [&] { In(a)->exponential_(rate, generator(g)); });
}
RK int32_t rk_random_(Handle a, int64_t from, int64_t to, Impl* g)
{
    return run("random_", {a}, [&] { In(a)->random_(from, to, generator(g)); });
}
RK Handle rk_bernoulli(Handle a, Impl* g) { return give("bernoulli", {a}, [&] { return at::bernoulli(In(a), generator(g)); }); }
RK Handle rk_normal(Handle mean, Handle std, Impl* g)
{
    return give("normal", {mean, std}, [&] { return at::normal((const at::Tensor&)In(mean), (const at::Tensor&)In(std), generator(g)); });
}
RK Handle rk_multinomial(Handle a, int64_t samples, bool replacement, Impl* g)
{
    return give("multinomial", {a}, [&] { return at::multinomial(In(a), samples, replacement, generator(g)); });
}

// Generators. Cloning the device's default one needs no CUDA header; but what libtorch clones it never frees, so on the CPU it is made anew.
RK Impl* rk_generator(uint64_t seed, int32_t type, int32_t index)
{
    Impl* result = nullptr;
    run("Generator", {}, [&] {
        auto on = device(type, index);
        if (on.is_cpu()) return (void)(result = give_generator(at::detail::createCPUGenerator(seed)));
        auto g = at::globalContext().defaultGenerator(on).clone();
        g.set_current_seed(seed);
        result = give_generator(std::move(g));
    });
    return result;
}
RK Impl* rk_generator_default()
{
    Impl* result = nullptr;
    run("Generator", {}, [&] { result = give_generator(at::globalContext().defaultGenerator(at::kCPU)); });
    return result;
}
RK void rk_generator_dispose(Impl* g) { c10::raw::intrusive_ptr::decref(g); }
RK int64_t rk_generator_seed(Impl* g) { return (int64_t)g->current_seed(); }
RK int32_t rk_generator_set_seed(Impl* g, int64_t seed)
{
    return run("Generator.manual_seed", {}, [&] {
        auto owned = *generator(g);
        std::lock_guard<std::mutex> lock(owned.mutex());
        owned.set_current_seed((uint64_t)seed);
    });
}
RK Handle rk_generator_state(Impl* g) { return give("Generator.get_state", {}, [&] { return generator(g)->get_state(); }); }
RK int32_t rk_generator_set_state(Impl* g, Handle state)
{
    return run("Generator.set_state", {state}, [&] {
        auto owned = *generator(g);
        std::lock_guard<std::mutex> lock(owned.mutex());
        owned.set_state(In(state));
    });
}
RK int32_t rk_manual_seed(int64_t seed) { return run("manual_seed", {}, [&] { at::manual_seed((uint64_t)seed); }); }
