//! The hyperbolic tangent of many numbers.

use ndarray::ArrayD;
use pulp::Arch;

/// Beyond this, the nearest `f32` to `tanh` is 1.
const BOUND: f32 = 7.905_311;
/// Below this, it is the argument itself.
const TINY: f32 = 0.000_4;

/// `tanh` of each entry.
///
/// A quotient of polynomials, `x p(x²) / q(x²)`, fitted to `tanh` on [-7.9, 7.9]: no branches, so that the compiler
/// makes vector code of it for whichever processor runs it. Source: the coefficients of Eigen's `ptanh_float`
/// (`Eigen/src/Core/MathFunctionsImpl.h`), which XLA and TensorFlow use too.
pub(super) fn tanh_all(x: &ArrayD<f32>) -> ArrayD<f32> {
    let mut y = x.clone();
    let numbers = y.as_slice_memory_order_mut().expect("a tensor has no gaps");
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for number in numbers {
                *number = tanh(*number);
            }
        },
    );
    y
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    const P: [f32; 7] =
        [-2.760_768_4e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_524_6e-3];
    const Q: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    let bounded = if x > BOUND { BOUND } else { x };
    let bounded = if bounded < -BOUND { -BOUND } else { bounded };
    let square = bounded * bounded;
    let polynomial = |coefficients: &[f32]| coefficients.iter().fold(0.0_f32, |sum, c| sum * square + c);
    let quotient = bounded * polynomial(&P) / polynomial(&Q);
    if x.abs() < TINY { x } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_within_five_units_in_the_last_place() {
        for step in -200_000..=200_000 {
            let x = step as f32 * 5e-5;
            let expected = f64::from(x).tanh();
            let unit = f64::from(f32::EPSILON) * expected.abs();
            assert!((f64::from(tanh(x)) - expected).abs() <= 5.0 * unit, "tanh({x}) = {}, not {expected}", tanh(x));
        }
    }

    #[test]
    fn keeps_to_its_range_and_passes_nan_on() {
        assert_eq!([tanh(f32::INFINITY), tanh(100.0), tanh(0.0)].map(|y| y <= 1.0), [true; 3]);
        assert_eq!(tanh(f32::NEG_INFINITY), -tanh(f32::INFINITY));
        assert!((tanh(f32::INFINITY) - 1.0).abs() <= f32::EPSILON);
        assert!(tanh(f32::NAN).is_nan());
    }
}
