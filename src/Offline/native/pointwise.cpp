// Element by element: unary, binary, comparison, and the mixtures with numbers.
#include "abi.h"

// f(t) and f_(t).
#define BOTH(op) \
    RK Handle rk_##op(Handle a) { return give(#op, {a}, [&] { return at::op(In(a)); }); } \
    RK int32_t rk_##op##_(Handle a) { return run(#op "_", {a}, [&] { In self(a); at::op##_(self.t); }); }
BOTH(abs) BOTH(acos) BOTH(acosh) BOTH(asin) BOTH(asinh) BOTH(atan) BOTH(atanh) BOTH(ceil) BOTH(cos) BOTH(cosh)
BOTH(deg2rad) BOTH(erf) BOTH(erfc) BOTH(exp) BOTH(exp2) BOTH(expm1) BOTH(floor) BOTH(frac) BOTH(log) BOTH(log10) BOTH(log1p) BOTH(log2)
BOTH(neg) BOTH(rad2deg) BOTH(reciprocal) BOTH(relu) BOTH(rsqrt) BOTH(sigmoid) BOTH(silu) BOTH(sin) BOTH(sinc) BOTH(sinh) BOTH(sqrt)
BOTH(tan) BOTH(tanh) BOTH(trunc)

#define METHOD_(op) RK int32_t rk_##op##_(Handle a) { return run(#op "_", {a}, [&] { In(a)->op##_(); }); }
#define UNARY(op) RK Handle rk_##op(Handle a) { return give(#op, {a}, [&] { return at::op(In(a)); }); }
UNARY(bitwise_not) METHOD_(bitwise_not) UNARY(digamma) METHOD_(digamma) UNARY(erfinv) METHOD_(erfinv) UNARY(i0) METHOD_(i0) UNARY(lgamma) METHOD_(lgamma)
UNARY(logical_not) METHOD_(logical_not) UNARY(sgn) METHOD_(sgn) UNARY(sign) METHOD_(sign) UNARY(square) METHOD_(zero)
UNARY(isfinite) UNARY(isinf) UNARY(isnan) UNARY(isneginf) UNARY(isposinf) UNARY(positive) UNARY(selu) UNARY(signbit) UNARY(log_sigmoid)

RK Handle rk_round(Handle a, int64_t decimals)
{
    return give("round", {a}, [&] { return decimals == 0 ? at::round(In(a)) : at::round(In(a), decimals); });
}
RK int32_t rk_round_(Handle a, int64_t decimals)
{
    return run("round_", {a}, [&] { if (decimals == 0) In(a)->round_(); else In(a)->round_(decimals); });
}
RK Handle rk_gelu(Handle a, bool tanh) { return give("gelu", {a}, [&] { return at::gelu(In(a), tanh ? "tanh" : "none"); }); }
RK int32_t rk_gelu_(Handle a, bool tanh) { return run("gelu_", {a}, [&] { In self(a); at::gelu_(self.t, tanh ? "tanh" : "none"); }); }
RK Handle rk_softplus(Handle a, double beta, double threshold)
{
    return give("softplus", {a}, [&] { return at::softplus(In(a), beta, threshold); });
}
RK Handle rk_leaky_relu(Handle a, Number slope) { return give("leaky_relu", {a}, [&] { return at::leaky_relu(In(a), scalar(slope)); }); }
RK Handle rk_elu(Handle a, double alpha) { return give("elu", {a}, [&] { return at::elu(In(a), alpha); }); }
RK Handle rk_glu(Handle a, int64_t dim) { return give("glu", {a}, [&] { return at::glu(In(a), dim); }); }
RK Handle rk_logit(Handle a, const double* eps) { return give("logit", {a}, [&] { return at::logit(In(a), maybe(eps)); }); }
RK Handle rk_nan_to_num(Handle a, double nan, const double* high, const double* low)
{
    return give("nan_to_num", {a}, [&] { return at::nan_to_num(In(a), nan, maybe(high), maybe(low)); });
}
RK int32_t rk_nan_to_num_(Handle a, double nan, const double* high, const double* low)
{
    return run("nan_to_num_", {a}, [&] { In self(a); at::nan_to_num_(self.t, nan, maybe(high), maybe(low)); });
}

// a + alpha b and a - alpha b, with a tensor or a number.
#define ADDITIVE(op) \
    RK Handle rk_##op(Handle a, Handle b, Number alpha) \
    { return give(#op, {a, b}, [&] { return at::op((const at::Tensor&)In(a), (const at::Tensor&)In(b), scalar(alpha)); }); } \
    RK Handle rk_##op##_number(Handle a, Number b, Number alpha) \
    { return give(#op, {a}, [&] { return at::op(In(a), scalar(b), scalar(alpha)); }); } \
    RK int32_t rk_##op##_(Handle a, Handle b, Number alpha) \
    { return run(#op "_", {a, b}, [&] { In(a)->op##_((const at::Tensor&)In(b), scalar(alpha)); }); } \
    RK int32_t rk_##op##_number_(Handle a, Number b, Number alpha) \
    { return run(#op "_", {a}, [&] { In(a)->op##_(scalar(b), scalar(alpha)); }); }
ADDITIVE(add) ADDITIVE(sub)
RK Handle rk_rsub_number(Handle a, Number b) { return give("rsub", {a}, [&] { return at::rsub(In(a), scalar(b)); }); }

// f(a, b) and f_(a, b), b a tensor or a number.
#define TENSOR_OR_NUMBER(op) \
    RK Handle rk_##op(Handle a, Handle b) { return give(#op, {a, b}, [&] { return In(a)->op((const at::Tensor&)In(b)); }); } \
    RK Handle rk_##op##_number(Handle a, Number b) { return give(#op, {a}, [&] { return In(a)->op(scalar(b)); }); } \
    RK int32_t rk_##op##_(Handle a, Handle b) { return run(#op "_", {a, b}, [&] { In(a)->op##_((const at::Tensor&)In(b)); }); } \
    RK int32_t rk_##op##_number_(Handle a, Number b) { return run(#op "_", {a}, [&] { In(a)->op##_(scalar(b)); }); }
TENSOR_OR_NUMBER(mul) TENSOR_OR_NUMBER(eq) TENSOR_OR_NUMBER(ne) TENSOR_OR_NUMBER(lt) TENSOR_OR_NUMBER(le) TENSOR_OR_NUMBER(gt) TENSOR_OR_NUMBER(ge)
TENSOR_OR_NUMBER(remainder) TENSOR_OR_NUMBER(fmod) TENSOR_OR_NUMBER(pow) TENSOR_OR_NUMBER(floor_divide)

#define BINARY(op) RK Handle rk_##op(Handle a, Handle b) { return give(#op, {a, b}, [&] { return at::op((const at::Tensor&)In(a), (const at::Tensor&)In(b)); }); }
#define BINARY_(op) RK int32_t rk_##op##_(Handle a, Handle b) { return run(#op "_", {a, b}, [&] { In(a)->op##_((const at::Tensor&)In(b)); }); }
BINARY(atan2) BINARY_(atan2) BINARY(bitwise_and) BINARY_(bitwise_and) BINARY(bitwise_or) BINARY_(bitwise_or) BINARY(bitwise_xor) BINARY_(bitwise_xor)
BINARY(logical_and) BINARY_(logical_and) BINARY(logical_or) BINARY_(logical_or) BINARY(logical_xor) BINARY_(logical_xor)
BINARY(copysign) BINARY_(copysign) BINARY(heaviside) BINARY(hypot) BINARY(logaddexp) BINARY(logaddexp2) BINARY(maximum) BINARY(minimum)
BINARY(fmax) BINARY(fmin) BINARY(xlogy) BINARY(float_power) BINARY(prelu)

// mode: 0 true division, 1 towards zero, 2 downwards.
#define DIVIDED(call, b) (mode == 0 ? call(b) : call(b, mode == 1 ? "trunc" : "floor"))
RK Handle rk_div(Handle a, Handle b, int32_t mode)
{
    return give("div", {a, b}, [&] { return DIVIDED(In(a)->div, (const at::Tensor&)In(b)); });
}
RK Handle rk_div_number(Handle a, Number b, int32_t mode) { return give("div", {a}, [&] { return DIVIDED(In(a)->div, scalar(b)); }); }
RK int32_t rk_div_(Handle a, Handle b, int32_t mode)
{
    return run("div_", {a, b}, [&] { DIVIDED(In(a)->div_, (const at::Tensor&)In(b)); });
}
RK int32_t rk_div_number_(Handle a, Number b, int32_t mode) { return run("div_", {a}, [&] { DIVIDED(In(a)->div_, scalar(b)); }); }

// Three operands.
#define FUSED(op) \
    RK Handle rk_##op(Handle a, Handle b, Handle c, Number v) \
    { return give(#op, {a, b, c}, [&] { return at::op(In(a), In(b), In(c), scalar(v)); }); } \
    RK int32_t rk_##op##_(Handle a, Handle b, Handle c, Number v) \
    { return run(#op "_", {a, b, c}, [&] { In(a)->op##_(In(b), In(c), scalar(v)); }); }
FUSED(addcmul) FUSED(addcdiv)
RK Handle rk_lerp(Handle a, Handle end, Handle weight)
{
    return give("lerp", {a, end, weight}, [&] { return at::lerp(In(a), In(end), (const at::Tensor&)In(weight)); });
}
RK int32_t rk_lerp_(Handle a, Handle end, Handle weight)
{
    return run("lerp_", {a, end, weight}, [&] { In(a)->lerp_(In(end), (const at::Tensor&)In(weight)); });
}
RK Handle rk_where(Handle condition, Handle a, Handle b)
{
    return give("where", {condition, a, b}, [&] { return at::where(In(condition), (const at::Tensor&)In(a), (const at::Tensor&)In(b)); });
}
RK Handle rk_clamp(Handle a, Number low, Number high)
{
    return give("clamp", {a}, [&] { return at::clamp(In(a), maybe(low), maybe(high)); });
}
RK Handle rk_clamp_tensor(Handle a, Handle low, Handle high)
{
    return give("clamp", {a, low, high}, [&] { return at::clamp(In(a), maybe(low), maybe(high)); });
}
RK int32_t rk_clamp_(Handle a, Number low, Number high) { return run("clamp_", {a}, [&] { In(a)->clamp_(maybe(low), maybe(high)); }); }
RK int32_t rk_clamp_tensor_(Handle a, Handle low, Handle high)
{
    return run("clamp_", {a, low, high}, [&] { In(a)->clamp_(maybe(low), maybe(high)); });
}
RK int32_t rk_fill_(Handle a, Number v) { return run("fill_", {a}, [&] { In(a)->fill_(scalar(v)); }); }
RK Handle rk_isclose(Handle a, Handle b, double rtol, double atol, bool equal_nan)
{
    return give("isclose", {a, b}, [&] { return at::isclose(In(a), In(b), rtol, atol, equal_nan); });
}
// 1 yes, 0 no, -1 failed.
RK int32_t rk_allclose(Handle a, Handle b, double rtol, double atol, bool equal_nan)
{
    bool same = false;
    int32_t status = run("allclose", {a, b}, [&] { same = at::allclose(In(a), In(b), rtol, atol, equal_nan); });
    return status != 0 ? -1 : same;
}
RK int32_t rk_equal(Handle a, Handle b)
{
    bool same = false;
    int32_t status = run("equal", {a, b}, [&] { same = at::equal(In(a), In(b)); });
    return status != 0 ? -1 : same;
}
