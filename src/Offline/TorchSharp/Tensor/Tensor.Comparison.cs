using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons and logic, element by element, and the two that answer for the whole.
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Made(rk_eq(H(this), H(target)), this, target);
        public Tensor eq(Scalar target) => Made(rk_eq_number(H(this), Scalar.Of(target)), this);
        public Tensor eq_(Tensor target) => Done(rk_eq_(H(this), H(target)), this, target);
        public Tensor eq_(Scalar target) => Done(rk_eq_number_(H(this), Scalar.Of(target)), this);
        public Tensor ne(Tensor target) => Made(rk_ne(H(this), H(target)), this, target);
        public Tensor ne(Scalar target) => Made(rk_ne_number(H(this), Scalar.Of(target)), this);
        public Tensor ne_(Tensor target) => Done(rk_ne_(H(this), H(target)), this, target);
        public Tensor ne_(Scalar target) => Done(rk_ne_number_(H(this), Scalar.Of(target)), this);
        public Tensor lt(Tensor target) => Made(rk_lt(H(this), H(target)), this, target);
        public Tensor lt(Scalar target) => Made(rk_lt_number(H(this), Scalar.Of(target)), this);
        public Tensor lt_(Tensor target) => Done(rk_lt_(H(this), H(target)), this, target);
        public Tensor lt_(Scalar target) => Done(rk_lt_number_(H(this), Scalar.Of(target)), this);
        public Tensor le(Tensor target) => Made(rk_le(H(this), H(target)), this, target);
        public Tensor le(Scalar target) => Made(rk_le_number(H(this), Scalar.Of(target)), this);
        public Tensor le_(Tensor target) => Done(rk_le_(H(this), H(target)), this, target);
        public Tensor le_(Scalar target) => Done(rk_le_number_(H(this), Scalar.Of(target)), this);
        public Tensor gt(Tensor target) => Made(rk_gt(H(this), H(target)), this, target);
        public Tensor gt(Scalar target) => Made(rk_gt_number(H(this), Scalar.Of(target)), this);
        public Tensor gt_(Tensor target) => Done(rk_gt_(H(this), H(target)), this, target);
        public Tensor gt_(Scalar target) => Done(rk_gt_number_(H(this), Scalar.Of(target)), this);
        public Tensor ge(Tensor target) => Made(rk_ge(H(this), H(target)), this, target);
        public Tensor ge(Scalar target) => Made(rk_ge_number(H(this), Scalar.Of(target)), this);
        public Tensor ge_(Tensor target) => Done(rk_ge_(H(this), H(target)), this, target);
        public Tensor ge_(Scalar target) => Done(rk_ge_number_(H(this), Scalar.Of(target)), this);

        /// <summary>Element by element, in spite of its name; <see cref="Equals(Tensor)"/> compares wholes.</summary>
        public Tensor equal(Tensor target) => eq(target);
        public Tensor not_equal(Tensor target) => ne(target);
        public Tensor not_equal_(Tensor target) => ne_(target);
        public Tensor less(Tensor target) => lt(target);
        public Tensor less_equal(Tensor target) => le(target);
        public Tensor less_equal_(Tensor target) => le_(target);
        public Tensor greater(Tensor target) => gt(target);
        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Made(rk_isclose(H(this), H(other), rtol, atol, nanEqual), this, other);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            int same = rk_allclose(H(this), H(target), rtol, atol, equal_nan);
            if (same < 0) Fail();
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return same == 1;
        }

        public Tensor bitwise_and(Tensor other) => Made(rk_bitwise_and(H(this), H(other)), this, other);
        public Tensor bitwise_and_(Tensor other) => Done(rk_bitwise_and_(H(this), H(other)), this, other);
        public Tensor bitwise_or(Tensor other) => Made(rk_bitwise_or(H(this), H(other)), this, other);
        public Tensor bitwise_or_(Tensor other) => Done(rk_bitwise_or_(H(this), H(other)), this, other);
        public Tensor bitwise_xor(Tensor other) => Made(rk_bitwise_xor(H(this), H(other)), this, other);
        public Tensor bitwise_xor_(Tensor other) => Done(rk_bitwise_xor_(H(this), H(other)), this, other);
        public Tensor logical_and(Tensor other) => Made(rk_logical_and(H(this), H(other)), this, other);
        public Tensor logical_and_(Tensor other) => Done(rk_logical_and_(H(this), H(other)), this, other);
        public Tensor logical_or(Tensor other) => Made(rk_logical_or(H(this), H(other)), this, other);
        public Tensor logical_or_(Tensor other) => Done(rk_logical_or_(H(this), H(other)), this, other);
        public Tensor logical_xor(Tensor other) => Made(rk_logical_xor(H(this), H(other)), this, other);
        public Tensor logical_xor_(Tensor other) => Done(rk_logical_xor_(H(this), H(other)), this, other);

        public Tensor maximum(Tensor other) => Made(rk_maximum(H(this), H(other)), this, other);
        public Tensor minimum(Tensor other) => Made(rk_minimum(H(this), H(other)), this, other);
        public Tensor max(Tensor other) => maximum(other);
        public Tensor min(Tensor other) => minimum(other);
        public Tensor fmax(Tensor other) => Made(rk_fmax(H(this), H(other)), this, other);
        public Tensor fmin(Tensor other) => Made(rk_fmin(H(this), H(other)), this, other);

        /// <summary>This where the condition holds, y elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Made(rk_isin(H(this), H(test_elements), assumeUnique, invert), this, test_elements);
    }
}
