using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Products and decompositions: linalg.cpp.</summary>
internal static unsafe partial class Native
{
    [DllImport(L)] internal static extern nint rk_matmul(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_mm(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_mv(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_bmm(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_dot(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_vdot(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_outer(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_inner(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_kron(nint a, nint b);
    [DllImport(L)] internal static extern nint rk_addmm(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern int rk_addmm_(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern nint rk_addmv(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern int rk_addmv_(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern nint rk_addbmm(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern int rk_addbmm_(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern nint rk_baddbmm(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern int rk_baddbmm_(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern nint rk_addr(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern int rk_addr_(nint input, nint a, nint b, double beta, double alpha);
    [DllImport(L)] internal static extern nint rk_einsum(byte* equation, nint* operands, int n);
    [DllImport(L)] internal static extern nint rk_tensordot(nint a, nint b, long* x, int n, long* y, int m);
    [DllImport(L)] internal static extern nint rk_trace(nint a);
    [DllImport(L)] internal static extern nint rk_matrix_power(nint a, long n);
    [DllImport(L)] internal static extern nint rk_linalg_cholesky(nint a);
    [DllImport(L)] internal static extern nint rk_linalg_det(nint a);
    [DllImport(L)] internal static extern nint rk_linalg_inv(nint a);
    [DllImport(L)] internal static extern nint rk_linalg_svdvals(nint a);
    [DllImport(L)] internal static extern nint rk_linalg_matrix_exp(nint a);
    [DllImport(L)] internal static extern nint rk_linalg_svd(nint a, bool full, nint* s, nint* vh);
    [DllImport(L)] internal static extern nint rk_linalg_qr(nint a, byte* mode, nint* r);
    [DllImport(L)] internal static extern nint rk_linalg_eigh(nint a, bool lower, nint* vectors);
    [DllImport(L)] internal static extern nint rk_linalg_eigvalsh(nint a, bool lower);
    [DllImport(L)] internal static extern nint rk_linalg_slogdet(nint a, nint* log);
    [DllImport(L)] internal static extern nint rk_linalg_solve(nint a, nint b, bool left);
    [DllImport(L)] internal static extern nint rk_linalg_solve_triangular(nint a, nint b, bool upper, bool left, bool unit);
    [DllImport(L)] internal static extern nint rk_linalg_pinv(nint a, double* atol, double* rtol, bool hermitian);
    [DllImport(L)] internal static extern nint rk_linalg_matrix_rank(nint a, double* atol, double* rtol, bool hermitian);
    [DllImport(L)] internal static extern nint rk_linalg_lstsq(nint a, nint b, double* rcond, nint* residuals, nint* rank, nint* values);
    [DllImport(L)] internal static extern nint rk_linalg_vector_norm(nint a, double ord, long* dims, int n, bool keepdim);
    [DllImport(L)] internal static extern nint rk_linalg_matrix_norm(nint a, byte* name, double ord, long* dims, int n, bool keepdim);
    [DllImport(L)] internal static extern nint rk_linalg_norm(nint a, byte* name, double* ord, long* dims, int n, bool keepdim);
}
