using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator +(Tensor left, int right) => Plus(left, Scalar.Of((long)right));
        public static Tensor operator +(Tensor left, long right) => Plus(left, Scalar.Of(right));
        public static Tensor operator +(Tensor left, float right) => Plus(left, Scalar.Of((double)right));
        public static Tensor operator +(Tensor left, double right) => Plus(left, Scalar.Of(right));
        public static Tensor operator +(int left, Tensor right) => Plus(right, Scalar.Of((long)left));
        public static Tensor operator +(long left, Tensor right) => Plus(right, Scalar.Of(left));
        public static Tensor operator +(float left, Tensor right) => Plus(right, Scalar.Of((double)left));
        public static Tensor operator +(double left, Tensor right) => Plus(right, Scalar.Of(left));

        public static Tensor operator -(Tensor tensor) => tensor.neg();
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right) => From(Scalar.Of(left), right);
        public static Tensor operator -(Tensor left, int right) => Minus(left, Scalar.Of((long)right));
        public static Tensor operator -(Tensor left, long right) => Minus(left, Scalar.Of(right));
        public static Tensor operator -(Tensor left, float right) => Minus(left, Scalar.Of((double)right));
        public static Tensor operator -(Tensor left, double right) => Minus(left, Scalar.Of(right));
        public static Tensor operator -(int left, Tensor right) => From(Scalar.Of((long)left), right);
        public static Tensor operator -(long left, Tensor right) => From(Scalar.Of(left), right);
        public static Tensor operator -(float left, Tensor right) => From(Scalar.Of((double)left), right);
        public static Tensor operator -(double left, Tensor right) => From(Scalar.Of(left), right);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator *(Tensor left, int right) => Times(left, Scalar.Of((long)right));
        public static Tensor operator *(Tensor left, long right) => Times(left, Scalar.Of(right));
        public static Tensor operator *(Tensor left, float right) => Times(left, Scalar.Of((double)right));
        public static Tensor operator *(Tensor left, double right) => Times(left, Scalar.Of(right));
        public static Tensor operator *(int left, Tensor right) => Times(right, Scalar.Of((long)left));
        public static Tensor operator *(long left, Tensor right) => Times(right, Scalar.Of(left));
        public static Tensor operator *(float left, Tensor right) => Times(right, Scalar.Of((double)left));
        public static Tensor operator *(double left, Tensor right) => Times(right, Scalar.Of(left));

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator /(Scalar left, Tensor right) => Over(Scalar.Of(left), right);
        public static Tensor operator /(Tensor left, int right) => Through(left, Scalar.Of((long)right));
        public static Tensor operator /(Tensor left, long right) => Through(left, Scalar.Of(right));
        public static Tensor operator /(Tensor left, float right) => Through(left, Scalar.Of((double)right));
        public static Tensor operator /(Tensor left, double right) => Through(left, Scalar.Of(right));
        public static Tensor operator /(int left, Tensor right) => Over(Scalar.Of((long)left), right);
        public static Tensor operator /(long left, Tensor right) => Over(Scalar.Of(left), right);
        public static Tensor operator /(float left, Tensor right) => Over(Scalar.Of((double)left), right);
        public static Tensor operator /(double left, Tensor right) => Over(Scalar.Of(left), right);

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);
        public static Tensor operator %(Tensor left, int right) => left.remainder(right);
        public static Tensor operator %(Tensor left, long right) => left.remainder(right);
        public static Tensor operator %(Tensor left, float right) => left.remainder(right);
        public static Tensor operator %(Tensor left, double right) => left.remainder(right);

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);
        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);
        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);
        public static Tensor operator ~(Tensor left) => left.bitwise_not();

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);
        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);
        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);
        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);
        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);
        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);
        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);
        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);
        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);
        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);
        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);
        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);
        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);
        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);
        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);
        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);
        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);
        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        // Without a Scalar object in between.
        private static Tensor Plus(Tensor a, Number b) => Made(rk_add_number(H(a), b, One), a);
        private static Tensor Minus(Tensor a, Number b) => Made(rk_sub_number(H(a), b, One), a);
        private static Tensor From(Number b, Tensor a) => Made(rk_rsub_number(H(a), b), a);
        private static Tensor Times(Tensor a, Number b) => Made(rk_mul_number(H(a), b), a);
        private static Tensor Through(Tensor a, Number b) => Made(rk_div_number(H(a), b, 0), a);

        private static Tensor Over(Number b, Tensor a)
        {
            nint inverse = rk_reciprocal(H(a));
            if (inverse == 0) Fail();
            nint result = rk_mul_number(inverse, b);
            rk_dispose(inverse);
            return Made(result, a);
        }
    }
}
