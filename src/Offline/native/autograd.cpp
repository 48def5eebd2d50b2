// Differentiation: gradients of graphs, gradient fields, and functions whose backward is written in C#.
#include "abi.h"

#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <string>

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

RK int32_t rk_set_requires_grad(Handle a, bool on) { return run("requires_grad", {a}, [&] { In(a)->set_requires_grad(on); }); }
RK int32_t rk_retain_grad(Handle a) { return run("retain_grad", {a}, [&] { In(a)->retain_grad(); }); }
// Through mutable_grad, which reads without the warning that grad() gives for a tensor that is not a leaf.
RK Handle rk_grad(Handle a) { return give("grad", {a}, [&] { return In(a)->mutable_grad(); }); }
RK int32_t rk_set_grad(Handle a, Handle g) { return run("grad", {a, g}, [&] { In(a)->mutable_grad() = own(g); }); }
// Gives a the storage, shape and type of b; to the graph it stays what it was.
RK int32_t rk_set_data(Handle a, Handle b) { return run("set_data", {a, b}, [&] { In(a)->set_data(In(b)); }); }

RK int32_t rk_backward(const Handle* roots, int32_t n, const Handle* grads, int32_t m, bool retain, bool create, const Handle* inputs, int32_t k)
{
    try { torch::autograd::backward(list(roots, n), list(grads, m), retain, create, list(inputs, k)); return 0; }
    catch (...) { remember_failure("backward", roots, n < 4 ? n : 4); return 1; }
}
// One gradient an input, null for an unused one that was allowed. Freed by rk_free_list.
RK Handle* rk_autograd_grad(const Handle* outputs, int32_t n, const Handle* inputs, int32_t k, const Handle* grads, int32_t m,
    bool retain, bool create, bool allow_unused)
{
    try {
        int32_t count = 0;
        return give_list(torch::autograd::grad(list(outputs, n), list(inputs, k), list(grads, m), retain, create, allow_unused), &count);
    }
    catch (...) { remember_failure("autograd.grad", outputs, n < 4 ? n : 4); return nullptr; }
}

RK bool rk_anomaly_enabled() { return torch::autograd::AnomalyMode::is_enabled(); }
RK bool rk_anomaly_checks_nan() { return torch::autograd::AnomalyMode::should_check_nan(); }
RK void rk_set_anomaly(bool on, bool check_nan) { torch::autograd::AnomalyMode::set_enabled(on, check_nan); }

namespace {

// What C# gives for a custom function: forward(state, context, outputs) and backward(state, context, grads, n, results)
// fill up to most tensors and return how many, or -1 with the message left through rk_callback_failed.
constexpr int most = 16;
struct Callbacks {
    int32_t (*forward)(void* state, AutogradContext* context, Handle* outputs);
    int32_t (*backward)(void* state, AutogradContext* context, const Handle* grads, int32_t n, Handle* results);
    void (*done)(void* state);
};

thread_local std::string callback_error;

// Frees the C# state together with the graph node that holds it.
struct State : torch::CustomClassHolder {
    void* state;
    Callbacks calls;
    State(void* s, Callbacks c) : state(s), calls(c) {}
    ~State() override { calls.done(state); }
};

variable_list taken(Handle* handles, int32_t n)
{
    TORCH_CHECK(n >= 0, callback_error);
    variable_list result;
    for (int32_t i = 0; i < n; i++)
        result.push_back(handles[i] == nullptr ? at::Tensor() : at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(handles[i])));
    return result;
}

using Input = const Maybe<at::Tensor>&;

// Function::apply takes its tensors as separate arguments, so their number is padded to `most` with none.
struct Managed : torch::autograd::Function<Managed> {
    static variable_list forward(AutogradContext* context, c10::intrusive_ptr<State> state, Input, Input, Input, Input, Input, Input,
        Input, Input, Input, Input, Input, Input, Input, Input, Input, Input)
    {
        context->saved_data["state"] = at::IValue::make_capsule(state);
        Handle outputs[most];
        return taken(outputs, state->calls.forward(state->state, context, outputs));
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto capsule = context->saved_data["state"].toCapsule();
        auto state = static_cast<State*>(capsule.get());
        std::vector<Handle> in;
        for (auto& g : grads) in.push_back(release(g));
        Handle results[most];
        auto found = taken(results, state->calls.backward(state->state, context, in.data(), (int32_t)in.size(), results));
        found.resize(most + 1);
        found.insert(found.begin(), at::Tensor());  // none for the state itself
        found.resize(most + 1);
        return found;
    }
};

}  // namespace

RK void rk_callback_failed(const char* message) { callback_error = message; }

// Takes over `state` in every case: done(state) is called when nothing needs it any more.
RK Handle* rk_function_apply(void* state, const Callbacks* calls, const Handle* inputs, int32_t n, int32_t* count)
{
    try {
        auto kept = c10::make_intrusive<State>(state, *calls);
        TORCH_CHECK(n <= most, "a custom autograd function takes at most ", most, " tensors, not ", n);
        Maybe<at::Tensor> x[most];
        for (int32_t i = 0; i < n; i++) x[i] = maybe(inputs[i]);
        return give_list(Managed::apply(kept, x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9], x[10], x[11], x[12], x[13], x[14], x[15]), count);
    }
    catch (...) { remember_failure("Function.apply", inputs, n < most ? n : most); return nullptr; }
}
RK int32_t rk_context_save(AutogradContext* c, const Handle* tensors, int32_t n)
{
    return run("save_for_backward", {}, [&] { c->save_for_backward(list(tensors, n)); });
}
RK Handle* rk_context_saved(AutogradContext* c, int32_t* count)
{
    return give_many("get_saved_variables", {}, count, [&] { return c->get_saved_variables(); });
}
RK int32_t rk_context_dirty(AutogradContext* c, const Handle* tensors, int32_t n)
{
    return run("mark_dirty", {}, [&] { c->mark_dirty(list(tensors, n)); });
}
RK int32_t rk_context_constant(AutogradContext* c, const Handle* tensors, int32_t n)
{
    return run("mark_non_differentiable", {}, [&] { c->mark_non_differentiable(list(tensors, n)); });
}
RK void rk_context_materialize(AutogradContext* c, bool on) { c->set_materialize_grads(on); }
