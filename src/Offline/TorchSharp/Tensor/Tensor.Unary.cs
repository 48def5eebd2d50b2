using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // f(x) element by element; f_ does it in place and returns this tensor.
    public partial class Tensor
    {
        public Tensor abs() => Made(rk_abs(H(this)), this);
        public Tensor abs_() => Done(rk_abs_(H(this)), this);
        public Tensor absolute() => abs();
        public Tensor absolute_() => abs_();
        public Tensor acos() => Made(rk_acos(H(this)), this);
        public Tensor acos_() => Done(rk_acos_(H(this)), this);
        public Tensor acosh() => Made(rk_acosh(H(this)), this);
        public Tensor acosh_() => Done(rk_acosh_(H(this)), this);
        public Tensor asin() => Made(rk_asin(H(this)), this);
        public Tensor asin_() => Done(rk_asin_(H(this)), this);
        public Tensor asinh() => Made(rk_asinh(H(this)), this);
        public Tensor asinh_() => Done(rk_asinh_(H(this)), this);
        public Tensor atan() => Made(rk_atan(H(this)), this);
        public Tensor atan_() => Done(rk_atan_(H(this)), this);
        public Tensor atanh() => Made(rk_atanh(H(this)), this);
        public Tensor atanh_() => Done(rk_atanh_(H(this)), this);
        public Tensor bitwise_not() => Made(rk_bitwise_not(H(this)), this);
        public Tensor bitwise_not_() => Done(rk_bitwise_not_(H(this)), this);
        public Tensor ceil() => Made(rk_ceil(H(this)), this);
        public Tensor ceil_() => Done(rk_ceil_(H(this)), this);
        public Tensor cos() => Made(rk_cos(H(this)), this);
        public Tensor cos_() => Done(rk_cos_(H(this)), this);
        public Tensor cosh() => Made(rk_cosh(H(this)), this);
        public Tensor cosh_() => Done(rk_cosh_(H(this)), this);
        public Tensor deg2rad() => Made(rk_deg2rad(H(this)), this);
        public Tensor deg2rad_() => Done(rk_deg2rad_(H(this)), this);
        public Tensor digamma() => Made(rk_digamma(H(this)), this);
        public Tensor digamma_() => Done(rk_digamma_(H(this)), this);
        public Tensor erf() => Made(rk_erf(H(this)), this);
        public Tensor erf_() => Done(rk_erf_(H(this)), this);
        public Tensor erfc() => Made(rk_erfc(H(this)), this);
        public Tensor erfc_() => Done(rk_erfc_(H(this)), this);
        public Tensor erfinv() => Made(rk_erfinv(H(this)), this);
        public Tensor erfinv_() => Done(rk_erfinv_(H(this)), this);
        public Tensor exp() => Made(rk_exp(H(this)), this);
        public Tensor exp_() => Done(rk_exp_(H(this)), this);
        public Tensor exp2() => Made(rk_exp2(H(this)), this);
        public Tensor exp2_() => Done(rk_exp2_(H(this)), this);
        public Tensor expm1() => Made(rk_expm1(H(this)), this);
        public Tensor expm1_() => Done(rk_expm1_(H(this)), this);
        public Tensor fix() => trunc();
        public Tensor fix_() => trunc_();
        public Tensor floor() => Made(rk_floor(H(this)), this);
        public Tensor floor_() => Done(rk_floor_(H(this)), this);
        public Tensor frac() => Made(rk_frac(H(this)), this);
        public Tensor frac_() => Done(rk_frac_(H(this)), this);
        public Tensor i0() => Made(rk_i0(H(this)), this);
        public Tensor i0_() => Done(rk_i0_(H(this)), this);
        public Tensor lgamma() => Made(rk_lgamma(H(this)), this);
        public Tensor lgamma_() => Done(rk_lgamma_(H(this)), this);
        public Tensor log() => Made(rk_log(H(this)), this);
        public Tensor log_() => Done(rk_log_(H(this)), this);
        public Tensor log10() => Made(rk_log10(H(this)), this);
        public Tensor log10_() => Done(rk_log10_(H(this)), this);
        public Tensor log1p() => Made(rk_log1p(H(this)), this);
        public Tensor log1p_() => Done(rk_log1p_(H(this)), this);
        public Tensor log2() => Made(rk_log2(H(this)), this);
        public Tensor log2_() => Done(rk_log2_(H(this)), this);
        public Tensor log_sigmoid() => Made(rk_log_sigmoid(H(this)), this);
        public Tensor logical_not() => Made(rk_logical_not(H(this)), this);
        public Tensor logical_not_() => Done(rk_logical_not_(H(this)), this);
        public Tensor neg() => Made(rk_neg(H(this)), this);
        public Tensor neg_() => Done(rk_neg_(H(this)), this);
        public Tensor negative() => neg();
        public Tensor positive() => Made(rk_positive(H(this)), this);
        public Tensor rad2deg() => Made(rk_rad2deg(H(this)), this);
        public Tensor rad2deg_() => Done(rk_rad2deg_(H(this)), this);
        public Tensor reciprocal() => Made(rk_reciprocal(H(this)), this);
        public Tensor reciprocal_() => Done(rk_reciprocal_(H(this)), this);
        public Tensor relu() => Made(rk_relu(H(this)), this);
        public Tensor relu_() => Done(rk_relu_(H(this)), this);
        public Tensor round(long decimals = 0L) => Made(rk_round(H(this), decimals), this);
        public Tensor round_(long decimals = 0L) => Done(rk_round_(H(this), decimals), this);
        public Tensor rsqrt() => Made(rk_rsqrt(H(this)), this);
        public Tensor rsqrt_() => Done(rk_rsqrt_(H(this)), this);
        public Tensor selu() => Made(rk_selu(H(this)), this);
        public Tensor sgn() => Made(rk_sgn(H(this)), this);
        public Tensor sgn_() => Done(rk_sgn_(H(this)), this);
        public Tensor sigmoid() => Made(rk_sigmoid(H(this)), this);
        public Tensor sigmoid_() => Done(rk_sigmoid_(H(this)), this);
        public Tensor sign() => Made(rk_sign(H(this)), this);
        public Tensor sign_() => Done(rk_sign_(H(this)), this);
        public Tensor signbit() => Made(rk_signbit(H(this)), this);
        public Tensor silu() => Made(rk_silu(H(this)), this);
        public Tensor silu_() => Done(rk_silu_(H(this)), this);
        public Tensor sin() => Made(rk_sin(H(this)), this);
        public Tensor sin_() => Done(rk_sin_(H(this)), this);
        public Tensor sinc() => Made(rk_sinc(H(this)), this);
        public Tensor sinc_() => Done(rk_sinc_(H(this)), this);
        public Tensor sinh() => Made(rk_sinh(H(this)), this);
        public Tensor sinh_() => Done(rk_sinh_(H(this)), this);
        public Tensor sqrt() => Made(rk_sqrt(H(this)), this);
        public Tensor sqrt_() => Done(rk_sqrt_(H(this)), this);
        public Tensor square() => Made(rk_square(H(this)), this);
        public Tensor tan() => Made(rk_tan(H(this)), this);
        public Tensor tan_() => Done(rk_tan_(H(this)), this);
        public Tensor tanh() => Made(rk_tanh(H(this)), this);
        public Tensor tanh_() => Done(rk_tanh_(H(this)), this);
        public Tensor trunc() => Made(rk_trunc(H(this)), this);
        public Tensor trunc_() => Done(rk_trunc_(H(this)), this);

        public Tensor isfinite() => Made(rk_isfinite(H(this)), this);
        public Tensor isinf() => Made(rk_isinf(H(this)), this);
        public Tensor isnan() => Made(rk_isnan(H(this)), this);
        public Tensor isneginf() => Made(rk_isneginf(H(this)), this);
        public Tensor isposinf() => Made(rk_isposinf(H(this)), this);

        // In place, but through another handle, as in TorchSharp.
        public Tensor zero_() => Done(rk_zero_(H(this)), this).Again();

        public Tensor gelu() => Made(rk_gelu(H(this), tanh: false), this);

        public Tensor gelu_() => Done(rk_gelu_(H(this), tanh: false), this).Again();

        public Tensor softplus(double beta = 1, double threshold = 20) => Made(rk_softplus(H(this), beta, threshold), this);

        public Tensor leaky_relu(Scalar negative_slope) => Made(rk_leaky_relu(H(this), Scalar.Of(negative_slope)), this);

        public Tensor elu(double alpha = 1) => Made(rk_elu(H(this), alpha), this);

        public Tensor glu(long dim = -1) => Made(rk_glu(H(this), dim), this);

        public unsafe Tensor logit(double? eps = null)
        {
            double e = eps ?? 0;
            return Made(rk_logit(H(this), eps.HasValue ? &e : null), this);
        }

        public unsafe Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null)
        {
            double high = posinf ?? 0, low = neginf ?? 0;
            return Made(rk_nan_to_num(H(this), nan, posinf.HasValue ? &high : null, neginf.HasValue ? &low : null), this);
        }

        public unsafe Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null)
        {
            double high = posinf ?? 0, low = neginf ?? 0;
            return Done(rk_nan_to_num_(H(this), nan, posinf.HasValue ? &high : null, neginf.HasValue ? &low : null), this);
        }
    }
}
