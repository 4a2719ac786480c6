//! Analytic gradients against numerical ones.
//!
//! A derivative is the limit of a quotient, so a backward function can be checked against the function that it
//! differentiates. The central difference has an error of order h² only:
//!
//! ```text
//! df/dx_i ≈ (f(x + h e_i) - f(x - h e_i)) / (2 h)        e_i: 1 at entry i, 0 elsewhere
//! ```
//!
//! `h = 1e-5` is a good choice in `f64`: the formula's own error is near 1e-10 then, and so is that of subtracting two
//! nearly equal numbers. How well two gradients agree, [`rel_error`] says. Rules of thumb: 1e-7 and less is right, 1e-4
//! is doubtful unless there is a kink (a rectifier near 0), 1e-2 is wrong.
//!
//! ```
//! use nnlib::gradient_check::{eval_numerical_gradient_array, rel_error};
//! use nnlib::ndarray::array;
//!
//! // The layer y = x², with its backward pass: dx = 2 x dout.
//! let x = array![1.0, -2.0, 0.5].into_dyn();
//! let dout = array![0.3, 0.1, -0.7].into_dyn();
//! let dx = 2.0 * &x * &dout;
//! let dx_num = eval_numerical_gradient_array(|x| x * x, &x, &dout, 1e-5);
//! assert!(rel_error(&dx, &dx_num) < 1e-9);
//! ```

mod report;

pub use report::{GradientReport, WorstEntry};

use crate::array::expect_shape;
use crate::parameters::Parameters;
use ndarray::ArrayD;

/// The gradient of `f`, a function of an array to a number, at `x`: central differences with step `h`.
///
/// `f` is called twice for each entry of `x`.
///
/// ```
/// use nnlib::gradient_check::{eval_numerical_gradient, rel_error};
/// use nnlib::ndarray::array;
///
/// let x = array![[1.0, 2.0], [3.0, 4.0]].into_dyn();
/// let dx = eval_numerical_gradient(|x| x.mapv(|x| x * x).sum(), &x, 1e-5);
/// assert!(rel_error(&dx, &(2.0 * &x)) < 1e-9);
/// ```
///
/// # Panics
///
/// If `h` is not above 0.
#[track_caller]
pub fn eval_numerical_gradient(mut f: impl FnMut(&ArrayD<f64>) -> f64, x: &ArrayD<f64>, h: f64) -> ArrayD<f64> {
    check_step("eval_numerical_gradient", h);
    central_differences(&mut |above, below| f(above) - f(below), x, h)
}

/// The gradient of Σ `f(x) df` with respect to `x`: what the backward function of the layer `f` should make of the
/// upstream gradient `df`, by central differences with step `h`.
///
/// `f` is called twice for each entry of `x`; `df` has the shape of its output.
///
/// # Panics
///
/// If `h` is not above 0, or `df` has not the shape of `f`'s output.
#[track_caller]
pub fn eval_numerical_gradient_array(
    mut f: impl FnMut(&ArrayD<f64>) -> ArrayD<f64>,
    x: &ArrayD<f64>,
    df: &ArrayD<f64>,
    h: f64,
) -> ArrayD<f64> {
    let function = "eval_numerical_gradient_array";
    check_step(function, h);
    expect_shape(function, "df", df.shape(), f(x).shape(), "the shape of `f`'s output");
    // Outputs are subtracted before they are summed: those that an entry does not change cancel exactly.
    central_differences(&mut |above, below| ((f(above) - f(below)) * df).sum(), x, h)
}

/// How far `x` and `y` are apart, relative to their size: `max |x - y| / max(1e-8, |x| + |y|)` over all entries.
///
/// 0 for equal arrays, 1 where only one is 0 or signs differ; NaN if any entry of either is NaN, so that
/// `rel_error(...) < 1e-8` never holds for what is no number.
///
/// ```
/// use nnlib::gradient_check::rel_error;
/// use nnlib::ndarray::array;
///
/// let x = array![1.0, 2.0].into_dyn();
/// assert_eq!(rel_error(&x, &x), 0.0);
/// assert_eq!(rel_error(&x, &array![1.0, 6.0].into_dyn()), 0.5);
/// ```
///
/// # Panics
///
/// If the shapes differ, or there are no entries: nothing is not right.
#[track_caller]
pub fn rel_error(x: &ArrayD<f64>, y: &ArrayD<f64>) -> f64 {
    expect_shape("rel_error", "y", y.shape(), x.shape(), "the shape of `x`");
    assert!(!x.is_empty(), "rel_error: `x` has shape {:?}, expected at least one entry", x.shape());
    x.iter().zip(y).map(|(&x, &y)| entry_error(x, y)).fold(0.0, worse)
}

/// Checks every entry of the gradients that `loss` computes, against its own values.
///
/// `loss` takes parameters and returns the loss and its gradients, by the same names. It must be a function of the
/// parameters alone: no dropout, unless its generator starts anew in each call. It is called twice for each entry, so keep
/// the model small.
///
/// ```
/// use nnlib::gradient_check::check_gradients;
/// use nnlib::losses::mse_loss;
/// use nnlib::ndarray::array;
/// use nnlib::parameters::Parameters;
///
/// // A line through three points.
/// let (x, y) = (array![1.0, 2.0, 3.0].into_dyn(), array![1.0, 2.5, 2.0].into_dyn());
/// let mut params = Parameters::new();
/// params.insert("slope", array![0.5]);
/// params.insert("offset", array![0.1]);
/// let report = check_gradients(
///     |params| {
///         let (loss, dout) = mse_loss(&(&x * &params["slope"] + &params["offset"]), &y);
///         let mut grads = Parameters::new();
///         grads.insert("slope", array![(&dout * &x).sum()]);
///         grads.insert("offset", array![dout.sum()]);
///         (loss, grads)
///     },
///     &params,
///     1e-5,
/// );
/// assert!(report.max_error() < 1e-9, "{report}");
/// ```
///
/// A model with a `loss` of its own is checked through a closure that gives it the parameters:
/// `|params| { model.params = params.clone(); model.loss(&x, &y) }`.
///
/// # Panics
///
/// If `h` is not above 0, there is no parameter, or the gradients have not the names and shapes of the parameters.
#[track_caller]
pub fn check_gradients(
    mut loss: impl FnMut(&Parameters) -> (f64, Parameters),
    params: &Parameters,
    h: f64,
) -> GradientReport {
    check_step("check_gradients", h);
    assert!(!params.is_empty(), "check_gradients: `params` is empty, expected at least one parameter");
    let (_, grads) = loss(params);
    check_names(params, &grads);
    let mut moved = params.clone();
    let rows = params.iter().map(|(name, array)| {
        let mut loss_at = |value: &ArrayD<f64>| {
            moved[name].assign(value);
            loss(&moved).0
        };
        let numerical = central_differences(&mut |above, below| loss_at(above) - loss_at(below), array, h);
        moved[name].assign(array);
        WorstEntry::find(name, &grads[name], &numerical)
    });
    GradientReport { rows: rows.collect() }
}

/// The central differences of a function, entry by entry; `difference` is that of its values at two points.
fn central_differences(
    difference: &mut dyn FnMut(&ArrayD<f64>, &ArrayD<f64>) -> f64,
    x: &ArrayD<f64>,
    h: f64,
) -> ArrayD<f64> {
    let (mut above, mut below) = (x.clone(), x.clone());
    let mut gradient = ArrayD::zeros(x.raw_dim());
    for (index, derivative) in gradient.indexed_iter_mut() {
        above[&index] += h;
        below[&index] -= h;
        *derivative = difference(&above, &below) / (2.0 * h);
        above[&index] = x[&index];
        below[&index] = x[&index];
    }
    gradient
}

/// The relative error of one entry.
fn entry_error(x: f64, y: f64) -> f64 {
    let size = x.abs() + y.abs();
    // Equal infinities agree; not `f64::max`, which takes 1e-8 for NaN.
    if x == y { 0.0 } else { (x - y).abs() / if size < 1e-8 { 1e-8 } else { size } }
}

/// The larger of two errors; NaN is the worst.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || a >= b { a } else { b }
}

#[track_caller]
fn check_step(function: &str, h: f64) {
    assert!(h > 0.0, "{function}: `h` is {h}, expected a small step above 0, such as 1e-5");
}

#[track_caller]
fn check_names(params: &Parameters, grads: &Parameters) {
    let names: Vec<&str> = params.names().collect();
    let found: Vec<&str> = grads.names().collect();
    assert!(found == names, "check_gradients: the gradients are {found:?}, expected {names:?}, one for each parameter");
    for (name, array) in params.iter() {
        expect_shape(
            "check_gradients",
            name,
            grads[name].shape(),
            array.shape(),
            "a gradient of its parameter's shape",
        );
    }
}
