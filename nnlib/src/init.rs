//! Initial weights.
//!
//! Numbers pass a layer unchanged in size, forward and backward, if the variance of its weights is matched to how many
//! of them meet in a sum. For weights `(D, M)` of an affine layer, and filters `(F, C, HH, WW)` of a convolution:
//!
//! ```text
//!             fan_in     fan_out      variance
//! (D, M)      D          M            Glorot: 2 / (fan_in + fan_out)
//! (F, C, ..)  C HH WW    F HH WW      He:     2 / fan_in, where a rectifier then sets half of the numbers to 0
//! ```
//!
//! | what a library's text says | here |
//! |---|---|
//! | `0.01 * np.random.randn(D, M)` | `normal(&[d, m], 0.01, &mut rng)` |
//! | `np.random.randn(D, M) * np.sqrt(2 / D)` | `normal(&[d, m], he_std(&[d, m]), &mut rng)` |
//! | TensorFlow `tf.random_normal([D, M])` | `normal(&[d, m], 1.0, &mut rng)` |
//! | Keras `Dense(M)`, `Conv2D(F, (HH, WW))` | [`keras_layer`]: [`glorot_uniform`] and zeros |
//! | Keras and JAX `glorot_normal`, `he_normal` | [`glorot_normal`], [`he_normal`] |
//! | JAX's stax `Dense(M)`, `Conv(F, (HH, WW))` | [`stax_layer`]: [`glorot_normal`], and small normal biases |
//! | PyTorch `xavier_normal_`, `kaiming_normal_` | `normal(shape, glorot_std(shape), &mut rng)`, likewise `he_std` |
//!
//! Everything is drawn row by row from the generator that is passed in, and in `f64`; `array.mapv(|w| w as f32)` makes
//! `f32` of it.
//!
//! ```
//! use nnlib::init;
//! use nnlib::rng::RandomState;
//!
//! let mut rng = RandomState::new(0);
//! let w = init::he_normal(&[784, 100], &mut rng);
//! assert_eq!(w.shape(), [784, 100]);
//! assert!((w.std(0.0) - init::he_std(&[784, 100])).abs() < 1e-3);
//! ```

use crate::rng::RandomState;
use ndarray::{ArrayD, IxDyn};

/// The standard deviation of a standard normal distribution that is cut off at ±2, as SciPy gives it and Keras and JAX
/// write it: √(1 - 4 φ(2) / (2 Φ(2) - 1)), with φ the density and Φ the distribution function.
const TRUNCATED_STD: f64 = 0.879_625_661_034_239_8;

/// Normal numbers with mean 0 and standard deviation `std`, as `np.random.normal(0, std, shape)`.
///
/// # Panics
///
/// If `std` is negative or NaN.
#[track_caller]
pub fn normal(shape: &[usize], std: f64, rng: &mut RandomState) -> ArrayD<f64> {
    assert!(std >= 0.0, "normal: `std` is {std}, expected a standard deviation of 0 or more");
    rng.normal(0.0, std, shape)
}

/// Normal numbers with mean 0 and standard deviation `std` that keep within ±2.274 `std`.
///
/// A normal distribution is cut off at two of its standard deviations (a number beyond is drawn anew), which leaves
/// 0.8796 of the deviation; it is drawn that much wider. TensorFlow's `tf.random.truncated_normal(stddev=s)`, which
/// does not make up for the loss, is `truncated_normal(shape, 0.87962566103423978 * s, rng)`.
///
/// Source: Keras, `VarianceScaling` with `"truncated_normal"`.
///
/// # Panics
///
/// If `std` is negative or NaN.
#[track_caller]
pub fn truncated_normal(shape: &[usize], std: f64, rng: &mut RandomState) -> ArrayD<f64> {
    assert!(std >= 0.0, "truncated_normal: `std` is {std}, expected a standard deviation of 0 or more");
    let scale = std / TRUNCATED_STD;
    ArrayD::from_shape_simple_fn(shape, || {
        loop {
            let z = rng.standard_normal();
            if z.abs() <= 2.0 {
                return scale * z;
            }
        }
    })
}

/// Uniform numbers within ± √(6 / (fan_in + fan_out)), whose variance is 2 / (fan_in + fan_out).
///
/// Source: X. Glorot and Y. Bengio, *Understanding the Difficulty of Training Deep Feedforward Neural Networks*,
/// AISTATS 2010, equation 16. Keras's default.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn glorot_uniform(shape: &[usize], rng: &mut RandomState) -> ArrayD<f64> {
    uniform(shape, 3_f64.sqrt() * Fans::of("glorot_uniform", shape).glorot_std(), rng)
}

/// [`truncated_normal`] numbers with variance 2 / (fan_in + fan_out), as in Keras and JAX.
///
/// Source: X. Glorot and Y. Bengio, as [`glorot_uniform`], equation 12.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn glorot_normal(shape: &[usize], rng: &mut RandomState) -> ArrayD<f64> {
    truncated_normal(shape, Fans::of("glorot_normal", shape).glorot_std(), rng)
}

/// Uniform numbers within ± √(6 / fan_in), whose variance is 2 / fan_in.
///
/// Source: K. He et al., *Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification*,
/// ICCV 2015, equation 10; uniform as in Keras.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn he_uniform(shape: &[usize], rng: &mut RandomState) -> ArrayD<f64> {
    uniform(shape, 3_f64.sqrt() * Fans::of("he_uniform", shape).he_std(), rng)
}

/// [`truncated_normal`] numbers with variance 2 / fan_in, as in Keras and JAX.
///
/// Source: K. He et al., as [`he_uniform`].
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn he_normal(shape: &[usize], rng: &mut RandomState) -> ArrayD<f64> {
    truncated_normal(shape, Fans::of("he_normal", shape).he_std(), rng)
}

/// The standard deviation √(2 / (fan_in + fan_out)) of Glorot's weights.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn glorot_std(shape: &[usize]) -> f64 {
    Fans::of("glorot_std", shape).glorot_std()
}

/// The standard deviation √(2 / fan_in) of He's weights.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn he_std(shape: &[usize]) -> f64 {
    Fans::of("he_std", shape).he_std()
}

/// Weights and biases, `(w, b)`, as Keras's `Dense` and `Conv2D` start: [`glorot_uniform`], and zeros.
///
/// `shape` is that of `w`; `b` has a number for each of the M columns or F filters.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn keras_layer(shape: &[usize], rng: &mut RandomState) -> (ArrayD<f64>, ArrayD<f64>) {
    let fans = Fans::of("keras_layer", shape);
    (uniform(shape, 3_f64.sqrt() * fans.glorot_std(), rng), ArrayD::zeros(IxDyn(&[fans.num_outputs])))
}

/// Weights and biases, `(w, b)`, as `Dense` and `Conv` of JAX's stax start: [`glorot_normal`], and [`normal`] biases
/// with standard deviation 0.01 (`Dense`) or 0.000001 (`Conv`).
///
/// `shape` is that of `w`; `b` has a number for each of the M columns or F filters. `w` is drawn first.
///
/// Source: JAX, `jax.example_libraries.stax`.
///
/// # Panics
///
/// If `shape` is neither `(D, M)` nor `(F, C, HH, WW)`.
#[track_caller]
pub fn stax_layer(shape: &[usize], rng: &mut RandomState) -> (ArrayD<f64>, ArrayD<f64>) {
    let fans = Fans::of("stax_layer", shape);
    let bias_std = if shape.len() == 2 { 1e-2 } else { 1e-6 };
    let w = truncated_normal(shape, fans.glorot_std(), rng);
    (w, normal(&[fans.num_outputs], bias_std, rng))
}

/// Uniform numbers within ± `limit`.
fn uniform(shape: &[usize], limit: f64, rng: &mut RandomState) -> ArrayD<f64> {
    rng.uniform(-limit, limit, shape)
}

/// How many numbers meet in a sum, on the way forward and on the way back.
struct Fans {
    fan_in: usize,
    fan_out: usize,
    /// Columns of weights, or filters.
    num_outputs: usize,
}

impl Fans {
    #[track_caller]
    fn of(function: &str, shape: &[usize]) -> Self {
        match *shape {
            [d, m] => Fans { fan_in: d, fan_out: m, num_outputs: m },
            [f, c, rows, columns] => Fans { fan_in: c * rows * columns, fan_out: f * rows * columns, num_outputs: f },
            _ => panic!("{function}: `shape` is {shape:?}, expected (D, M) or (F, C, HH, WW)"),
        }
    }

    // Where there are no weights, any deviation will do that is a number.

    fn glorot_std(&self) -> f64 {
        (2.0 / (self.fan_in + self.fan_out).max(1) as f64).sqrt()
    }

    fn he_std(&self) -> f64 {
        (2.0 / self.fan_in.max(1) as f64).sqrt()
    }
}
