//! Functions of each entry by itself.

use super::Tensor;
use super::broadcast::zip_into;
use super::tanh::tanh_all;
use super::tape::record_one;
use crate::elementwise::convert_array;
use ndarray::ArrayD;
use std::sync::Arc;

/// A function whose derivative is known from its output: `derivative(y)`.
#[track_caller]
fn by_output(
    function: &str,
    x: &Tensor,
    y: ArrayD<f32>,
    derivative: impl Fn(f32) -> f32 + Copy + Send + Sync + 'static,
) -> Tensor {
    let y = Arc::new(y);
    let kept = Arc::clone(&y);
    record_one(function, x, y, move |gradient| zip_into(gradient, &kept, |gradient, y| gradient * derivative(y)))
}

/// A function whose derivative is known from its input: `derivative(x)`.
#[track_caller]
fn by_input(
    function: &str,
    x: &Tensor,
    f: impl Fn(f32) -> f32 + Copy + Sync,
    derivative: impl Fn(f32) -> f32 + Copy + Send + Sync + 'static,
) -> Tensor {
    let kept = x.value.share();
    record_one(function, x, Arc::new(convert_array(&x.value, f)), move |gradient| {
        zip_into(gradient, &kept, |gradient, x| gradient * derivative(x))
    })
}

/// Functions of each entry.
impl Tensor {
    /// The hyperbolic tangent, `tanh(x)`, to within five units in the last place.
    pub fn tanh(&self) -> Tensor {
        by_output("tanh", self, tanh_all(&self.value), |y| 1.0 - y * y)
    }

    /// The rectifier, `max(x, 0)`; its derivative at 0 is taken as 0, and NaN stays NaN.
    pub fn relu(&self) -> Tensor {
        let y = Arc::new(convert_array(&self.value, |x| if x < 0.0 { 0.0 } else { x }));
        let kept = Arc::clone(&y);
        record_one("relu", self, y, move |gradient| {
            zip_into(gradient, &kept, |gradient, y| if y > 0.0 { gradient } else { 0.0 })
        })
    }

    /// The logistic function, `1 / (1 + exp(-x))`.
    pub fn sigmoid(&self) -> Tensor {
        by_output("sigmoid", self, convert_array(&self.value, |x| 1.0 / (1.0 + (-x).exp())), |y| y * (1.0 - y))
    }

    /// The exponential function.
    pub fn exp(&self) -> Tensor {
        by_output("exp", self, convert_array(&self.value, f32::exp), |y| y)
    }

    /// The natural logarithm; NaN for negative entries.
    pub fn ln(&self) -> Tensor {
        by_input("ln", self, f32::ln, |x| 1.0 / x)
    }

    /// The square root; NaN for negative entries.
    pub fn sqrt(&self) -> Tensor {
        by_output("sqrt", self, convert_array(&self.value, f32::sqrt), |y| 0.5 / y)
    }

    /// `x * x`.
    pub fn square(&self) -> Tensor {
        by_input("square", self, |x| x * x, |x| 2.0 * x)
    }

    /// `x` to the power of `exponent`, a constant.
    pub fn powf(&self, exponent: f32) -> Tensor {
        by_input("powf", self, |x| x.powf(exponent), move |x| exponent * x.powf(exponent - 1.0))
    }
}
