// Products and decompositions.
#include "abi.h"

#include <string>

#define PRODUCT(op) RK Handle rk_##op(Handle a, Handle b) { return give(#op, {a, b}, [&] { return at::op(In(a), In(b)); }); }
PRODUCT(matmul) PRODUCT(mm) PRODUCT(mv) PRODUCT(bmm) PRODUCT(dot) PRODUCT(vdot) PRODUCT(outer) PRODUCT(inner) PRODUCT(kron)

// beta input + alpha (a @ b).
#define PLUS_PRODUCT(op) \
    RK Handle rk_##op(Handle input, Handle a, Handle b, double beta, double alpha) \
    { return give(#op, {input, a, b}, [&] { return at::op(In(input), In(a), In(b), beta, alpha); }); } \
    RK int32_t rk_##op##_(Handle input, Handle a, Handle b, double beta, double alpha) \
    { return run(#op "_", {input, a, b}, [&] { In(input)->op##_(In(a), In(b), beta, alpha); }); }
PLUS_PRODUCT(addmm) PLUS_PRODUCT(addmv) PLUS_PRODUCT(addbmm) PLUS_PRODUCT(baddbmm) PLUS_PRODUCT(addr)

RK Handle rk_einsum(const char* equation, const Handle* operands, int32_t n)
{
    try { return release(at::einsum(equation, list(operands, n))); }
    catch (...) { remember_failure("einsum", operands, n); return nullptr; }
}
RK Handle rk_tensordot(Handle a, Handle b, const int64_t* x, int32_t n, const int64_t* y, int32_t m)
{
    return give("tensordot", {a, b}, [&] { return at::tensordot(In(a), In(b), Ints(x, n), Ints(y, m)); });
}
RK Handle rk_trace(Handle a) { return give("trace", {a}, [&] { return at::trace(In(a)); }); }
RK Handle rk_matrix_power(Handle a, int64_t n) { return give("matrix_power", {a}, [&] { return at::linalg_matrix_power(In(a), n); }); }

#define SOLO(op) RK Handle rk_linalg_##op(Handle a) { return give("linalg." #op, {a}, [&] { return at::linalg_##op(In(a)); }); }
SOLO(cholesky) SOLO(det) SOLO(inv) SOLO(svdvals) SOLO(matrix_exp)

RK Handle rk_linalg_svd(Handle a, bool full, Handle* s, Handle* vh)
{
    return give("linalg.svd", {a}, [&] {
        auto [u, values, right] = at::linalg_svd(In(a), full);
        *s = release(values);
        *vh = release(right);
        return u;
    });
}
RK Handle rk_linalg_qr(Handle a, const char* mode, Handle* r)
{
    return give_pair("linalg.qr", {a}, r, [&] { return at::linalg_qr(In(a), mode); });
}
RK Handle rk_linalg_eigh(Handle a, bool lower, Handle* vectors)
{
    return give_pair("linalg.eigh", {a}, vectors, [&] { return at::linalg_eigh(In(a), lower ? "L" : "U"); });
}
RK Handle rk_linalg_eigvalsh(Handle a, bool lower)
{
    return give("linalg.eigvalsh", {a}, [&] { return at::linalg_eigvalsh(In(a), lower ? "L" : "U"); });
}
RK Handle rk_linalg_slogdet(Handle a, Handle* log)
{
    return give_pair("linalg.slogdet", {a}, log, [&] { return at::linalg_slogdet(In(a)); });
}
RK Handle rk_linalg_solve(Handle a, Handle b, bool left)
{
    return give("linalg.solve", {a, b}, [&] { return at::linalg_solve(In(a), In(b), left); });
}
RK Handle rk_linalg_solve_triangular(Handle a, Handle b, bool upper, bool left, bool unit)
{
    return give("linalg.solve_triangular", {a, b}, [&] { return at::linalg_solve_triangular(In(a), In(b), upper, left, unit); });
}
RK Handle rk_linalg_pinv(Handle a, const double* atol, const double* rtol, bool hermitian)
{
    return give("linalg.pinv", {a}, [&] { return at::linalg_pinv(In(a), maybe(atol), maybe(rtol), hermitian); });
}
RK Handle rk_linalg_matrix_rank(Handle a, const double* atol, const double* rtol, bool hermitian)
{
    return give("linalg.matrix_rank", {a}, [&] { return at::linalg_matrix_rank(In(a), maybe(atol), maybe(rtol), hermitian); });
}
RK Handle rk_linalg_lstsq(Handle a, Handle b, const double* rcond, Handle* residuals, Handle* rank, Handle* values)
{
    return give("linalg.lstsq", {a, b}, [&] {
        auto [solution, rest, r, s] = at::linalg_lstsq(In(a), In(b), maybe(rcond), {});
        *residuals = release(rest);
        *rank = release(r);
        *values = release(s);
        return solution;
    });
}
RK Handle rk_linalg_vector_norm(Handle a, double ord, const int64_t* dims, int32_t n, bool keepdim)
{
    return give("linalg.vector_norm", {a}, [&] { return at::linalg_vector_norm(In(a), ord, dims ? at::OptionalIntArrayRef(Ints(dims, n)) : at::OptionalIntArrayRef(), keepdim); });
}
// ord: a name such as "fro" or "nuc", else (null) the number.
RK Handle rk_linalg_matrix_norm(Handle a, const char* name, double ord, const int64_t* dims, int32_t n, bool keepdim)
{
    return give("linalg.matrix_norm", {a}, [&] {
        Ints d = dims ? Ints(dims, n) : Ints({-2, -1});
        return name ? at::linalg_matrix_norm(In(a), name, d, keepdim) : at::linalg_matrix_norm(In(a), at::Scalar(ord), d, keepdim);
    });
}
RK Handle rk_linalg_norm(Handle a, const char* name, const double* ord, const int64_t* dims, int32_t n, bool keepdim)
{
    return give("linalg.norm", {a}, [&] {
        auto d = dims ? at::OptionalIntArrayRef(Ints(dims, n)) : at::OptionalIntArrayRef();
        if (name) return at::linalg_norm(In(a), name, d, keepdim);
        return at::linalg_norm(In(a), ord ? Maybe<at::Scalar>(*ord) : Maybe<at::Scalar>(), d, keepdim);
    });
}
