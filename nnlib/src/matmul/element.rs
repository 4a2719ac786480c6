//! What the kernel asks of a type of numbers.

use pulp::Simd;

/// `f32` or `f64`, in vectors as long as the processor has them.
pub(crate) trait Element: Copy + PartialOrd + Send + Sync + 'static {
    /// A vector of them.
    type Vector<S: Simd>: Copy;
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;

    /// `value` in each place.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;

    /// `a * b + c` in each place.
    fn multiply_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;

    /// How many of them a vector holds.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }
}

macro_rules! element {
    ($number:ty, $vector:ident, $splat:ident, $multiply_add:ident) => {
        impl Element for $number {
            type Vector<S: Simd> = S::$vector;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }

            #[inline(always)]
            fn multiply_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$multiply_add(a, b, c)
            }
        }
    };
}

element!(f32, f32s, splat_f32s, mul_add_e_f32s);
element!(f64, f64s, splat_f64s, mul_add_e_f64s);
