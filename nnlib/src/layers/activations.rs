//! Activations: functions of each number by itself, of arrays of any shape.

use crate::array::expect_shape;
#[cfg(feature = "models")]
use crate::elementwise::change_array;
use ndarray::{ArrayD, Zip};

/// What [`relu_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct ReluCache {
    /// The input.
    pub x: ArrayD<f64>,
}

/// What [`sigmoid_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct SigmoidCache {
    /// The output, σ(x).
    pub out: ArrayD<f64>,
}

/// What [`tanh_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct TanhCache {
    /// The output, tanh x.
    pub out: ArrayD<f64>,
}

/// The rectifier, `out = max(x, 0)`; NaN stays NaN.
///
/// ```
/// use nnlib::layers::relu_forward;
/// use nnlib::ndarray::array;
///
/// let (out, _cache) = relu_forward(&array![-1.0, 0.0, 2.5].into_dyn());
/// assert_eq!(out, array![0.0, 0.0, 2.5].into_dyn());
/// ```
pub fn relu_forward(x: &ArrayD<f64>) -> (ArrayD<f64>, ReluCache) {
    // Not `f64::max`, which takes 0 for NaN: a training that has diverged must look like it.
    let out = x.mapv(|x| if x < 0.0 { 0.0 } else { x });
    (out, ReluCache { x: x.clone() })
}

/// The gradient of [`relu_forward`]: `dx = dout` where `x > 0`, else 0.
///
/// At 0, where there is no derivative, it takes 0.
///
/// # Panics
///
/// If `dout` has not the shape of `x`.
#[track_caller]
pub fn relu_backward(dout: &ArrayD<f64>, cache: &ReluCache) -> ArrayD<f64> {
    expect_shape("relu_backward", "dout", dout.shape(), cache.x.shape(), "the shape of `x`");
    Zip::from(dout).and(&cache.x).map_collect(|&dout, &x| if x > 0.0 { dout } else { 0.0 })
}

/// [`relu_backward`] in the memory of `dout`, from the output: that is above 0 where the input was.
#[cfg(feature = "models")]
pub(crate) fn relu_gradient(mut dout: ArrayD<f64>, out: &ArrayD<f64>) -> ArrayD<f64> {
    change_array(&mut dout, out, |dx, out| if out > 0.0 { dx } else { 0.0 });
    dout
}

/// The logistic sigmoid, `out = σ(x) = 1 / (1 + exp(-x))`.
///
/// It overflows for no `x`: where `exp(-x)` is infinite, σ(x) is 0.
///
/// ```
/// use nnlib::layers::sigmoid_forward;
/// use nnlib::ndarray::array;
///
/// let (out, _cache) = sigmoid_forward(&array![-1000.0, 0.0, 1000.0].into_dyn());
/// assert_eq!(out, array![0.0, 0.5, 1.0].into_dyn());
/// ```
pub fn sigmoid_forward(x: &ArrayD<f64>) -> (ArrayD<f64>, SigmoidCache) {
    let out = x.mapv(|x| 1.0 / (1.0 + (-x).exp()));
    (out.clone(), SigmoidCache { out })
}

/// The gradient of [`sigmoid_forward`]: `dx = dout σ(x) (1 - σ(x))`.
///
/// # Panics
///
/// If `dout` has not the shape of `x`.
#[track_caller]
pub fn sigmoid_backward(dout: &ArrayD<f64>, cache: &SigmoidCache) -> ArrayD<f64> {
    expect_shape("sigmoid_backward", "dout", dout.shape(), cache.out.shape(), "the shape of `x`");
    Zip::from(dout).and(&cache.out).map_collect(|&dout, &out| dout * out * (1.0 - out))
}

/// The hyperbolic tangent, `out = tanh x`.
///
/// ```
/// use nnlib::layers::tanh_forward;
/// use nnlib::ndarray::array;
///
/// let (out, _cache) = tanh_forward(&array![-1000.0, 0.0, 1000.0].into_dyn());
/// assert_eq!(out, array![-1.0, 0.0, 1.0].into_dyn());
/// ```
pub fn tanh_forward(x: &ArrayD<f64>) -> (ArrayD<f64>, TanhCache) {
    let out = x.mapv(f64::tanh);
    (out.clone(), TanhCache { out })
}

/// The gradient of [`tanh_forward`]: `dx = dout (1 - tanh² x)`.
///
/// # Panics
///
/// If `dout` has not the shape of `x`.
#[track_caller]
pub fn tanh_backward(dout: &ArrayD<f64>, cache: &TanhCache) -> ArrayD<f64> {
    expect_shape("tanh_backward", "dout", dout.shape(), cache.out.shape(), "the shape of `x`");
    Zip::from(dout).and(&cache.out).map_collect(|&dout, &out| dout * (1.0 - out * out))
}
