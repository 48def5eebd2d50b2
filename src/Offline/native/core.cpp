// Errors, lifetime, properties of a tensor, and the process-wide switches.
#include "abi.h"

#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/cuda.h>

#include <cstdlib>
#include <string>

namespace {

thread_local std::string last_error;

// As TorchSharp spells them, indexed by libtorch's number.
const char* dtype_name(at::ScalarType type)
{
    static const char* names[] = {"Byte", "Int8", "Int16", "Int32", "Int64", "Float16", "Float32", "Float64", "ComplexFloat16",
        "ComplexFloat32", "ComplexFloat64", "Bool", "QInt8", "QUInt8", "QInt32", "BFloat16"};
    auto i = (size_t)type;
    return i < sizeof names / sizeof *names ? names[i] : "?";
}

void describe(std::string& text, Handle h)
{
    if (h == nullptr) { text += "null"; return; }
    In t(h);
    text += dtype_name(t->scalar_type());
    text += '[';
    for (int64_t d = 0; d < t->dim(); d++) text += (d ? "," : "") + std::to_string(t->size(d));
    text += ']';
    if (!t->device().is_cpu()) text += '@' + t->device().str();
}

}  // namespace

void remember_failure(const char* op, const Handle* operands, size_t count) noexcept
{
    try {
        try { throw; }
        catch (const c10::Error& e) { last_error = e.what_without_backtrace(); }
        catch (const std::exception& e) { last_error = e.what(); }
        catch (...) { last_error = "an unknown native exception"; }
        while (!last_error.empty() && (last_error.back() == '\n' || last_error.back() == ' ')) last_error.pop_back();
        last_error += " (";
        last_error += op;
        for (size_t i = 0; i < count; i++) {
            last_error += i ? ", " : " of ";
            describe(last_error, operands[i]);
        }
        last_error += ')';
    }
    catch (...) {}  // out of memory while reporting: the status alone must do
}

std::vector<at::Tensor> list(const Handle* handles, int32_t count)
{
    std::vector<at::Tensor> result;
    result.reserve(count);
    for (int32_t i = 0; i < count; i++) result.push_back(own(handles[i]));
    return result;
}

Handle* give_list(std::vector<at::Tensor> tensors, int32_t* count)
{
    auto result = (Handle*)std::malloc(sizeof(Handle) * (tensors.size() + 1));
    if (result == nullptr) throw std::bad_alloc();
    *count = (int32_t)tensors.size();
    for (size_t i = 0; i < tensors.size(); i++) result[i] = release(std::move(tensors[i]));
    return result;
}

RK int32_t rk_abi_version() { return abi_version; }
RK const char* rk_torch_version() { return TORCH_VERSION; }
RK const char* rk_last_error() { return last_error.c_str(); }
RK void rk_free_list(Handle* list) { std::free(list); }

// Lifetime.
RK void rk_dispose(Handle h) { c10::raw::intrusive_ptr::decref(h); }
RK Handle rk_share(Handle h) { c10::raw::intrusive_ptr::incref(h); return h; }

// Properties. None can fail on a live dense tensor, and none takes long, so C# calls them without a GC transition.
RK int64_t rk_dim(Handle h) { return In(h)->dim(); }
RK int64_t rk_numel(Handle h) { return In(h)->numel(); }
RK int32_t rk_dtype(Handle h) { return (int32_t)In(h)->scalar_type(); }
RK int32_t rk_element_size(Handle h) { return (int32_t)In(h)->element_size(); }
RK int32_t rk_device_type(Handle h) { return (int32_t)In(h)->device().type(); }
RK int32_t rk_device_index(Handle h) { return (int32_t)In(h)->device().index(); }
RK bool rk_requires_grad(Handle h) { return In(h)->requires_grad(); }
RK bool rk_is_contiguous(Handle h) { return In(h)->is_contiguous(); }
RK int64_t rk_storage_offset(Handle h) { return In(h)->storage_offset(); }
RK void rk_sizes(Handle h, int64_t* out) { for (auto s : In(h)->sizes()) *out++ = s; }
RK void rk_strides(Handle h, int64_t* out) { for (auto s : In(h)->strides()) *out++ = s; }

// Asking a view for its place in the graph may rebuild that place, and fail: 1 leaf, 0 not, -1 failed.
RK int32_t rk_is_leaf(Handle h)
{
    bool leaf = false;
    return run("is_leaf", {h}, [&] { leaf = In(h)->is_leaf(); }) != 0 ? -1 : leaf;
}

RK void* rk_data(Handle h)
{
    try { return In(h)->data_ptr(); }
    catch (...) { remember_failure("data", &h, 1); return nullptr; }
}

RK int32_t rk_item(Handle h, Number* out)
{
    return run("item", {h}, [&] {
        auto value = In(h)->item();
        double real = value.isFloatingPoint() ? value.toDouble() : 0;
        out->kind = value.isFloatingPoint() ? 2 : value.isBoolean() ? 3 : 1;
        if (out->kind == 2) __builtin_memcpy(&out->bits, &real, sizeof real);
        else out->bits = value.toLong();
    });
}

// The process.
RK int32_t rk_default_dtype() { return (int32_t)c10::typeMetaToScalarType(c10::get_default_dtype()); }
RK int32_t rk_set_default_dtype(int32_t d)
{
    return run("set_default_dtype", {}, [&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta((at::ScalarType)d)); });
}
RK int32_t rk_threads() { return at::get_num_threads(); }
RK int32_t rk_set_threads(int32_t n) { return run("set_num_threads", {}, [&] { at::set_num_threads(n); }); }
RK int32_t rk_interop_threads() { return at::get_num_interop_threads(); }
RK int32_t rk_set_interop_threads(int32_t n) { return run("set_num_interop_threads", {}, [&] { at::set_num_interop_threads(n); }); }
// A dtype, or -1 for failure.
template <class F>
static int32_t dtype_of(const char* op, std::initializer_list<Handle> operands, F&& f)
{
    int32_t result = -1;
    run(op, operands, [&] { result = (int32_t)f(); });
    return result;
}
RK int32_t rk_promote_types(int32_t a, int32_t b)
{
    return dtype_of("promote_types", {}, [&] { return c10::promoteTypes((at::ScalarType)a, (at::ScalarType)b); });
}
RK int32_t rk_result_type(Handle a, Handle b)
{
    return dtype_of("result_type", {a, b}, [&] { return at::result_type((const at::Tensor&)In(a), (const at::Tensor&)In(b)); });
}
RK bool rk_can_cast(int32_t from, int32_t to) { return c10::canCast((at::ScalarType)from, (at::ScalarType)to); }

// CUDA, through hooks that libtorch_cuda installs when it is there.
RK int32_t rk_cuda_devices()
{
    try { return torch::cuda::is_available() ? (int32_t)torch::cuda::device_count() : 0; }
    catch (...) { return 0; }
}
RK bool rk_cudnn_available()
{
    try { return torch::cuda::cudnn_is_available(); }
    catch (...) { return false; }
}
RK int32_t rk_cuda_synchronize(int64_t index) { return run("cuda.synchronize", {}, [&] { torch::cuda::synchronize(index); }); }
RK int32_t rk_cuda_manual_seed(int64_t seed) { return run("cuda.manual_seed", {}, [&] { torch::cuda::manual_seed((uint64_t)seed); }); }
RK int32_t rk_cuda_manual_seed_all(int64_t seed)
{
    return run("cuda.manual_seed_all", {}, [&] { torch::cuda::manual_seed_all((uint64_t)seed); });
}
RK bool rk_allow_tf32(bool cudnn)
{
    try { return cudnn ? at::globalContext().allowTF32CuDNN() : at::globalContext().allowTF32CuBLAS(); }
    catch (...) { return false; }
}
RK int32_t rk_set_allow_tf32(bool cudnn, bool allow)
{
    return run("allow_tf32", {}, [&] {
        if (cudnn) at::globalContext().setAllowTF32CuDNN(allow);
        else at::globalContext().setAllowTF32CuBLAS(allow);
    });
}

// Gradient recording: per thread, restored by the C# scope that changed it.
RK bool rk_grad_enabled() { return c10::GradMode::is_enabled(); }
RK void rk_set_grad_enabled(bool enabled) { c10::GradMode::set_enabled(enabled); }
RK bool rk_inference_enabled() { return c10::InferenceMode::is_enabled(); }
RK void* rk_inference_guard(bool enabled) { return new (std::nothrow) c10::InferenceMode(enabled); }
RK void rk_inference_leave(void* guard) { delete (c10::InferenceMode*)guard; }
