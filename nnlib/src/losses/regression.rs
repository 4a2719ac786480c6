//! Losses of numbers against numbers.

use crate::array::expect_shape;
use ndarray::{ArrayD, Zip};

/// The mean squared error, with the gradient with respect to the predictions: `(loss, dx)`.
///
/// `x` holds predictions and `y` the values they should have, both `(N,)`, or both `(N, d_1, ..., d_k)` with the squares
/// of each sample summed:
///
/// ```text
/// loss = 1/N Σ (x - y)²
/// dx   = 2/N (x - y)
/// ```
///
/// ```
/// use nnlib::losses::mse_loss;
/// use nnlib::ndarray::array;
///
/// let (loss, dx) = mse_loss(&array![1.0, 2.0].into_dyn(), &array![1.0, 5.0].into_dyn());
/// assert_eq!(loss, 4.5);
/// assert_eq!(dx, array![0.0, -3.0].into_dyn());
/// ```
///
/// # Panics
///
/// If the shapes differ or there is no sample.
#[track_caller]
pub fn mse_loss(x: &ArrayD<f64>, y: &ArrayD<f64>) -> (f64, ArrayD<f64>) {
    let num_samples = check("mse_loss", x, y);
    let difference = x - y;
    let loss = difference.fold(0.0, |sum, difference| sum + difference * difference) / num_samples;
    (loss, difference * (2.0 / num_samples))
}

/// The cross-entropy of sigmoids, with the gradient with respect to the scores: `(loss, dx)`.
///
/// `x` holds the scores and `y`, 0 to 1, the probabilities that they should have, both `(N,)`, or both
/// `(N, d_1, ..., d_k)` with the losses of each sample summed:
///
/// ```text
/// loss = -1/N Σ (y ln σ(x) + (1 - y) ln(1 - σ(x)))  =  1/N Σ (max(x, 0) - x y + ln(1 + exp(-|x|)))
/// dx   = (σ(x) - y) / N
/// ```
///
/// The second form, which is computed, is finite for all finite scores.
///
/// ```
/// use nnlib::losses::sigmoid_cross_entropy_loss;
/// use nnlib::ndarray::array;
///
/// let (loss, dx) = sigmoid_cross_entropy_loss(&array![0.0, -1000.0].into_dyn(), &array![1.0, 1.0].into_dyn());
/// assert_eq!(loss, (2.0_f64.ln() + 1000.0) / 2.0);
/// assert_eq!(dx, array![-0.25, -0.5].into_dyn());
/// ```
///
/// # Panics
///
/// If the shapes differ, there is no sample, or an entry of `y` is not from 0 to 1.
#[track_caller]
pub fn sigmoid_cross_entropy_loss(x: &ArrayD<f64>, y: &ArrayD<f64>) -> (f64, ArrayD<f64>) {
    let function = "sigmoid_cross_entropy_loss";
    let num_samples = check(function, x, y);
    if let Some((index, y)) = y.indexed_iter().find(|(_, y)| !(0.0..=1.0).contains(*y)) {
        panic!("{function}: `y{:?}` is {y}, expected probabilities, 0 to 1", ndarray::Dimension::slice(&index));
    }
    let mut loss = 0.0;
    let dx = Zip::from(x).and(y).map_collect(|&x, &y| {
        // Not `x.max(0.0)`, which takes 0 for NaN.
        let positive = if x < 0.0 { 0.0 } else { x };
        loss += positive - x * y + (-x.abs()).exp().ln_1p();
        (1.0 / (1.0 + (-x).exp()) - y) / num_samples
    });
    (loss / num_samples, dx)
}

/// Checks the shapes; returns the number of samples, by which losses are divided.
#[track_caller]
fn check(function: &str, x: &ArrayD<f64>, y: &ArrayD<f64>) -> f64 {
    assert!(
        x.ndim() > 0 && !x.is_empty(),
        "{function}: `x` has shape {:?}, expected (N,) or (N, d_1, ..., d_k) with at least one sample",
        x.shape()
    );
    expect_shape(function, "y", y.shape(), x.shape(), "the shape of `x`");
    x.shape()[0] as f64
}
