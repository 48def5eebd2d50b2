// What the C# side and this library agree on.
//
// A tensor crosses the border as a bare TensorImpl*, with one reference count that belongs to its C# owner: no box, no
// extra allocation. A function borrows its operands for the time of the call. Whatever it returns is a fresh reference.
// Failure is a null handle (or a non-zero status), and rk_last_error() then holds libtorch's message with the operands'
// types and shapes. No exception leaves a function.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <cstdint>
#include <initializer_list>
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
#include <optional>
template <class T> using Maybe = std::optional<T>;
#else
template <class T> using Maybe = c10::optional<T>;
#endif

#define RK extern "C" __attribute__((visibility("default")))

using Handle = c10::TensorImpl*;
using Ints = at::IntArrayRef;

// Raised whenever a signature changes, so that a library built for another checkout is refused at load.
constexpr int32_t abi_version = 2;

// A number as C# has it. kind: 0 none, 1 integer, 2 real, 3 boolean. bits: the integer, or the double's bits.
struct Number { int64_t bits; int32_t kind; };

// What a new tensor is to be. A dtype or device type of -1 means "not given".
struct Options { int32_t dtype, device, index; int32_t requires_grad; };

// An operand for the time of one expression. It holds the caller's reference and gives it back untouched.
struct In {
    at::Tensor t;
    explicit In(Handle h) : t(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(h)) {}
    In(const In&) = delete;
    ~In() { t.unsafeReleaseTensorImpl(); }
    operator const at::Tensor&() const { return t; }
    const at::Tensor* operator->() const { return &t; }
};

// The same for an operand that may be missing (a null handle).
inline Maybe<at::Tensor> maybe(Handle h)
{
    if (h == nullptr) return {};
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::unsafe_reclaim_from_nonowning(h));
}
inline at::Tensor own(Handle h) { return h == nullptr ? at::Tensor() : *maybe(h); }

inline Handle release(at::Tensor t) { return t.defined() ? t.unsafeReleaseTensorImpl() : nullptr; }

inline at::Scalar scalar(Number n)
{
    double real;
    static_assert(sizeof real == sizeof n.bits, "");
    switch (n.kind) {
        case 2: __builtin_memcpy(&real, &n.bits, sizeof real); return at::Scalar(real);
        case 3: return at::Scalar(n.bits != 0);
        default: return at::Scalar(n.bits);
    }
}
inline Maybe<at::Scalar> maybe(Number n) { return n.kind == 0 ? Maybe<at::Scalar>() : Maybe<at::Scalar>(scalar(n)); }
inline Maybe<at::ScalarType> dtype_or_none(int32_t d) { return d < 0 ? Maybe<at::ScalarType>() : Maybe<at::ScalarType>((at::ScalarType)d); }
inline Maybe<int64_t> maybe(const int64_t* p) { return p == nullptr ? Maybe<int64_t>() : Maybe<int64_t>(*p); }
inline Maybe<double> maybe(const double* p) { return p == nullptr ? Maybe<double>() : Maybe<double>(*p); }
inline at::Device device(int32_t type, int32_t index) { return at::Device((at::DeviceType)type, (c10::DeviceIndex)index); }

inline at::TensorOptions options(Options o)
{
    at::TensorOptions result;
    if (o.dtype >= 0) result = result.dtype((at::ScalarType)o.dtype);
    if (o.device >= 0) result = result.device(device(o.device, o.index));
    return result;
}
inline at::Tensor with_grad(at::Tensor t, Options o)
{
    if (o.requires_grad) t.requires_grad_();
    return t;
}

std::vector<at::Tensor> list(const Handle* handles, int32_t count);
Handle* give_list(std::vector<at::Tensor> tensors, int32_t* count);  // freed by rk_free_list

// To be called in a catch block: keeps the current exception's message, and the operands', for rk_last_error.
void remember_failure(const char* op, const Handle* operands, size_t count) noexcept;

template <class F>
Handle give(const char* op, std::initializer_list<Handle> operands, F&& f) noexcept
{
    try { return release(f()); }
    catch (...) { remember_failure(op, operands.begin(), operands.size()); return nullptr; }
}
// Status 0 is success. In-place operations and others without a tensor to return.
template <class F>
int32_t run(const char* op, std::initializer_list<Handle> operands, F&& f) noexcept
{
    try { f(); return 0; }
    catch (...) { remember_failure(op, operands.begin(), operands.size()); return 1; }
}
template <class F>
Handle give_pair(const char* op, std::initializer_list<Handle> operands, Handle* second, F&& f) noexcept
{
    try {
        auto [a, b] = f();
        *second = release(std::move(b));
        return release(std::move(a));
    }
    catch (...) { remember_failure(op, operands.begin(), operands.size()); return nullptr; }
}
template <class F>
Handle* give_many(const char* op, std::initializer_list<Handle> operands, int32_t* count, F&& f) noexcept
{
    try { return give_list(f(), count); }
    catch (...) { remember_failure(op, operands.begin(), operands.size()); return nullptr; }
}
