using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Products of vectors and matrices.
    public unsafe partial class Tensor
    {
        public Tensor matmul(Tensor target) => Made(rk_matmul(H(this), H(target)), this, target);
        public Tensor mm(Tensor target) => Made(rk_mm(H(this), H(target)), this, target);
        public Tensor mv(Tensor target) => Made(rk_mv(H(this), H(target)), this, target);
        public Tensor bmm(Tensor batch2) => Made(rk_bmm(H(this), H(batch2)), this, batch2);
        public Tensor dot(Tensor target) => Made(rk_dot(H(this), H(target)), this, target);
        public Tensor vdot(Tensor target) => Made(rk_vdot(H(this), H(target)), this, target);
        public Tensor outer(Tensor vec2) => Made(rk_outer(H(this), H(vec2)), this, vec2);
        public Tensor ger(Tensor vec2) => outer(vec2);
        public Tensor inner(Tensor vec2) => Made(rk_inner(H(this), H(vec2)), this, vec2);
        public Tensor kron(Tensor other) => Made(rk_kron(H(this), H(other)), this, other);

        // beta this + alpha (a @ b).
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Made(rk_addmm(H(this), H(mat1), H(mat2), beta, alpha), this, mat1, mat2);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Done(rk_addmm_(H(this), H(mat1), H(mat2), beta, alpha), this, mat1, mat2);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Made(rk_addmv(H(this), H(mat), H(vec), beta, alpha), this, mat, vec);
        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Done(rk_addmv_(H(this), H(mat), H(vec), beta, alpha), this, mat, vec);
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Made(rk_addbmm(H(this), H(batch1), H(batch2), beta, alpha), this, batch1, batch2);
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
            Made(rk_addr(H(this), H(vec1), H(vec2), beta, alpha), this, vec1, vec2);

        /// <summary>beta batch2 + alpha (this @ batch1): the operands stand otherwise than in PyTorch.</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Made(rk_baddbmm(H(batch2), H(this), H(batch1), beta, alpha), this, batch1, batch2);

        public Tensor tensordot(Tensor b, long dims = 2)
        {
            long n = Dimensions;
            var left = Enumerable.Range(0, (int)dims).Select(i => n - dims + i).ToArray();
            return tensordot(b, left, Enumerable.Range(0, (int)dims).Select(i => (long)i).ToArray());
        }

        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2)
        {
            fixed (long* p = dims1, q = dims2) return Made(rk_tensordot(H(this), H(b), p, dims1.Length, q, dims2.Length), this, b);
        }

        public Tensor trace() => Made(rk_trace(H(this)), this);
        public Tensor det() => linalg.det(this);
        public Tensor inverse() => linalg.inv(this);
        public Tensor matrix_power(int n) => Made(rk_matrix_power(H(this), n), this);
        public Tensor matrix_exp() => Made(rk_linalg_matrix_exp(H(this)), this);
        public Tensor pinverse(double rcond = 1e-15, bool hermitian = false) =>
            Made(rk_linalg_pinv(H(this), null, &rcond, hermitian), this);
        public Tensor cholesky(bool upper = false) => upper ? linalg.cholesky(this).mT : linalg.cholesky(this);
    }

    public static partial class linalg
    {
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }

        /// <summary>input = U diag(S) Vh. fullMatrices: square U and Vh; else min(m, n) columns and rows.</summary>
        public static unsafe (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            nint s, vh;
            var u = Made(rk_linalg_svd(H(input), fullMatrices, &s, &vh), input);
            return (u, new Tensor(s), new Tensor(vh));
        }

        public static Tensor svdvals(Tensor input) => Made(rk_linalg_svdvals(H(input)), input);

        public static unsafe (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced)
        {
            var name = mode switch { QRMode.Complete => "complete"u8, QRMode.R => "r"u8, _ => "reduced"u8 };
            nint r;
            fixed (byte* p = name) return Pair(rk_linalg_qr(H(input), p, &r), r, input);
        }

        public static unsafe (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L')
        {
            nint vectors;
            return Pair(rk_linalg_eigh(H(input), UPLO == 'L', &vectors), vectors, input);
        }

        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Made(rk_linalg_eigvalsh(H(input), UPLO == 'L'), input);

        public static Tensor cholesky(Tensor input) => Made(rk_linalg_cholesky(H(input)), input);
        public static Tensor det(Tensor input) => Made(rk_linalg_det(H(input)), input);
        public static Tensor inv(Tensor input) => Made(rk_linalg_inv(H(input)), input);

        public static unsafe (Tensor, Tensor) slogdet(Tensor input)
        {
            nint log;
            return Pair(rk_linalg_slogdet(H(input), &log), log, input);
        }

        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Made(rk_linalg_solve(H(A), H(B), left), A, B);

        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false) =>
            Made(rk_linalg_solve_triangular(H(A), H(B), upper, left, unitriangular), A, B);

        public static unsafe Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false)
        {
            double a = atol ?? 0, r = rtol ?? 0;
            return Made(rk_linalg_pinv(H(input), atol.HasValue ? &a : null, rtol.HasValue ? &r : null, hermitian), input);
        }

        public static unsafe Tensor matrix_rank(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false)
        {
            double a = atol ?? 0, r = rtol ?? 0;
            return Made(rk_linalg_matrix_rank(H(input), atol.HasValue ? &a : null, rtol.HasValue ? &r : null, hermitian), input);
        }

        public static unsafe (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other)
        {
            nint residuals, rank, values;
            var solution = Made(rk_linalg_lstsq(H(input), H(other), null, &residuals, &rank, &values), input, other);
            return (solution, new Tensor(residuals), new Tensor(rank), new Tensor(values));
        }

        public static unsafe Tensor vector_norm(Tensor input, double ord = 2d, long[]? dims = null, bool keepdim = false)
        {
            fixed (long* p = dims) return Made(rk_linalg_vector_norm(H(input), ord, p, dims?.Length ?? 0, keepdim), input);
        }

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) =>
            Norm(input, ord, null, dims, keepdim, matrix: true);
        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Norm(input, null, ord, dims, keepdim, matrix: true);
        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) =>
            Norm(input, ord, null, dims, keepdim, matrix: false);
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Norm(input, null, ord, dims, keepdim, matrix: false);
        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) =>
            Norm(input, null, ord, dims, keepdim, matrix: false);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Norm(input, null, null, dims, keepdim, matrix: false);

        private static unsafe Tensor Norm(Tensor input, string? name, double? ord, long[]? dims, bool keepdim, bool matrix)
        {
            double p = ord ?? 0;
            int n = dims?.Length ?? 0;
            fixed (long* d = dims)
            fixed (byte* text = name is null ? null : System.Text.Encoding.UTF8.GetBytes(name + '\0'))
                return Made(matrix ? rk_linalg_matrix_norm(H(input), text, p, d, n, keepdim) : rk_linalg_norm(H(input), text, ord.HasValue ? &p : null, d, n, keepdim), input);
        }

        public static Tensor diagonal(Tensor input, int offset = 0, int dim1 = -2, int dim2 = -1) => input.diagonal(offset, dim1, dim2);
        public static Tensor matrix_exp(Tensor input) => input.matrix_exp();
    }

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);
    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);
    public static Tensor vdot(Tensor input, Tensor target) => input.vdot(target);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor ger(Tensor input, Tensor vec2) => input.ger(vec2);
    public static Tensor inner(Tensor input, Tensor vec2) => input.inner(vec2);
    public static Tensor kron(Tensor input, Tensor other) => input.kron(other);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor addmv(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmv(mat1, mat2, beta, alpha);
    public static Tensor addbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        input.addbmm(batch1, batch2, beta, alpha);
    public static Tensor addr(Tensor input, Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
        input.addr(vec1, vec2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor tensordot(Tensor a, Tensor b, long dims = 2) => a.tensordot(b, dims);
    public static Tensor tensordot(Tensor a, Tensor b, long[] dims1, long[] dims2) => a.tensordot(b, dims1, dims2);
    public static Tensor trace(Tensor input) => input.trace();
    public static Tensor det(Tensor input) => input.det();
    public static Tensor inverse(Tensor input) => input.inverse();
    public static Tensor pinverse(Tensor input, double rcond = 1e-15, bool hermitian = false) => input.pinverse(rcond, hermitian);
    public static Tensor matrix_power(Tensor input, int n) => input.matrix_power(n);
    public static Tensor matrix_exp(Tensor input) => input.matrix_exp();

    public static unsafe Tensor einsum(string equation, params Tensor[] tensors)
    {
        ArgumentNullException.ThrowIfNull(equation);
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(equation + '\0'))
        fixed (nint* operands = Handles(tensors)) return Made(rk_einsum(text, operands, tensors.Length), tensors);
    }
}
