using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Sums, products, quotients, powers: with a tensor or a number, and in place.
    public partial class Tensor
    {
        private static readonly Number One = new(1, 1);

        public Tensor add(Tensor target) => Made(rk_add(H(this), H(target), One), this, target);
        public Tensor add(Tensor target, Scalar alpha) => Made(rk_add(H(this), H(target), Scalar.Of(alpha)), this, target);
        public Tensor add(Scalar scalar) => Made(rk_add_number(H(this), Scalar.Of(scalar), One), this);
        public Tensor add(Scalar scalar, Scalar alpha) => Made(rk_add_number(H(this), Scalar.Of(scalar), Scalar.Of(alpha)), this);
        public Tensor add_(Tensor target) => Done(rk_add_(H(this), H(target), One), this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Done(rk_add_(H(this), H(target), Scalar.Of(alpha)), this, target);
        public Tensor add_(Scalar scalar) => Done(rk_add_number_(H(this), Scalar.Of(scalar), One), this);
        public Tensor add_(Scalar scalar, Scalar alpha) => Done(rk_add_number_(H(this), Scalar.Of(scalar), Scalar.Of(alpha)), this);

        public Tensor sub(Tensor target) => Made(rk_sub(H(this), H(target), One), this, target);
        public Tensor sub(Scalar target) => Made(rk_sub_number(H(this), Scalar.Of(target), One), this);
        public Tensor sub_(Tensor target) => Done(rk_sub_(H(this), H(target), One), this, target);
        public Tensor sub_(Scalar target) => Done(rk_sub_number_(H(this), Scalar.Of(target), One), this);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor subtract(Scalar target) => sub(target);
        public Tensor subtract_(Tensor target) => sub_(target);
        public Tensor subtract_(Scalar target) => sub_(target);

        public Tensor mul(Tensor target) => Made(rk_mul(H(this), H(target)), this, target);
        public Tensor mul(Scalar target) => Made(rk_mul_number(H(this), Scalar.Of(target)), this);
        public Tensor mul_(Tensor target) => Done(rk_mul_(H(this), H(target)), this, target);
        public Tensor mul_(Scalar target) => Done(rk_mul_number_(H(this), Scalar.Of(target)), this);
        public Tensor multiply(Tensor target) => mul(target);
        public Tensor multiply(Scalar target) => mul(target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Made(rk_div(H(this), H(target), (int)rounding_mode), this, target);
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Made(rk_div_number(H(this), Scalar.Of(target), (int)rounding_mode), this);
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Done(rk_div_(H(this), H(target), (int)rounding_mode), this, target);
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Done(rk_div_number_(H(this), Scalar.Of(target), (int)rounding_mode), this);
        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor true_divide(Tensor other) => div(other);
        public Tensor true_divide(Scalar other) => div(other);
        public Tensor true_divide_(Tensor other) => div_(other);
        public Tensor true_divide_(Scalar other) => div_(other);

        public Tensor floor_divide(Tensor other) => Made(rk_floor_divide(H(this), H(other)), this, other);
        public Tensor floor_divide(Scalar other) => Made(rk_floor_divide_number(H(this), Scalar.Of(other)), this);
        public Tensor floor_divide_(Tensor other) => Done(rk_floor_divide_(H(this), H(other)), this, other);
        public Tensor floor_divide_(Scalar other) => Done(rk_floor_divide_number_(H(this), Scalar.Of(other)), this);

        public Tensor remainder(Tensor target) => Made(rk_remainder(H(this), H(target)), this, target);
        public Tensor remainder(Scalar scalar) => Made(rk_remainder_number(H(this), Scalar.Of(scalar)), this);
        public Tensor remainder_(Tensor target) => Done(rk_remainder_(H(this), H(target)), this, target);
        public Tensor remainder_(Scalar scalar) => Done(rk_remainder_number_(H(this), Scalar.Of(scalar)), this);
        public Tensor fmod(Tensor target) => Made(rk_fmod(H(this), H(target)), this, target);
        public Tensor fmod(Scalar scalar) => Made(rk_fmod_number(H(this), Scalar.Of(scalar)), this);
        public Tensor fmod_(Tensor target) => Done(rk_fmod_(H(this), H(target)), this, target);
        public Tensor fmod_(Scalar scalar) => Done(rk_fmod_number_(H(this), Scalar.Of(scalar)), this);

        public Tensor pow(Tensor exponent) => Made(rk_pow(H(this), H(exponent)), this, exponent);
        public Tensor pow(Scalar exponent) => Made(rk_pow_number(H(this), Scalar.Of(exponent)), this);
        public Tensor pow_(Tensor exponent) => Done(rk_pow_(H(this), H(exponent)), this, exponent);
        public Tensor pow_(Scalar exponent) => Done(rk_pow_number_(H(this), Scalar.Of(exponent)), this);
        public Tensor float_power(Tensor target) => Made(rk_float_power(H(this), H(target)), this, target);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Made(rk_addcmul(H(this), H(tensor1), H(tensor2), Scalar.Of(value)), this, tensor1, tensor2);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(rk_addcmul_(H(this), H(tensor1), H(tensor2), Scalar.Of(value)), this, tensor1, tensor2);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Made(rk_addcdiv(H(this), H(tensor1), H(tensor2), Scalar.Of(value)), this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(rk_addcdiv_(H(this), H(tensor1), H(tensor2), Scalar.Of(value)), this, tensor1, tensor2);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) =>
            Made(rk_addcdiv(H(this), H(tensor1), H(tensor2), One), this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) =>
            Done(rk_addcdiv_(H(this), H(tensor1), H(tensor2), One), this, tensor1, tensor2);

        public Tensor lerp(Tensor end, Tensor weight) => Made(rk_lerp(H(this), H(end), H(weight)), this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => Done(rk_lerp_(H(this), H(end), H(weight)), this, end, weight);

        public Tensor atan2(Tensor other) => Made(rk_atan2(H(this), H(other)), this, other);
        public Tensor atan2_(Tensor other) => Done(rk_atan2_(H(this), H(other)), this, other);
        public Tensor copysign(Tensor other) => Made(rk_copysign(H(this), H(other)), this, other);
        public Tensor copysign_(Tensor other) => Done(rk_copysign_(H(this), H(other)), this, other);
        public Tensor heaviside(Tensor other) => Made(rk_heaviside(H(this), H(other)), this, other);
        public Tensor hypot(Tensor other) => Made(rk_hypot(H(this), H(other)), this, other);
        public Tensor logaddexp(Tensor other) => Made(rk_logaddexp(H(this), H(other)), this, other);
        public Tensor logaddexp2(Tensor other) => Made(rk_logaddexp2(H(this), H(other)), this, other);
        public Tensor xlogy(Tensor y) => Made(rk_xlogy(H(this), H(y)), this, y);
        public Tensor prelu(Tensor target) => Made(rk_prelu(H(this), H(target)), this, target);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            Made(rk_clamp(H(this), Scalar.OrNone(min), Scalar.OrNone(max)), this);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Made(rk_clamp_tensor(H(this), Opt(min), Opt(max)), this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            Done(rk_clamp_(H(this), Scalar.OrNone(min), Scalar.OrNone(max)), this);
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Done(rk_clamp_tensor_(H(this), Opt(min), Opt(max)), this, min, max);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
        public Tensor clamp_max(Scalar max) => clamp((Scalar?)null, max);
        public Tensor clamp_max_(Scalar max) => clamp_((Scalar?)null, max);
        public Tensor clamp_min(Scalar min) => clamp(min, (Scalar?)null);
        public Tensor clamp_min_(Scalar min) => clamp_(min, (Scalar?)null);

        public Tensor fill_(Scalar value) => Done(rk_fill_(H(this), Scalar.Of(value)), this);
    }
}
