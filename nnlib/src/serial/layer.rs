//! Layers, and stacks of layers.

use super::dropout::{child_seed, drop_some};
use super::params::Params;
use crate::array::shape_text;
use crate::grad::{Padding, Tensor, Tree};
use crate::init::stax_layer;
use crate::rng::RandomState;
use std::fmt;

/// A layer, or a network: how to draw parameters, and how to compute with them.
///
/// Made by [`dense`], [`conv`], [`relu`] and so on, and by [`serial()`] of others. It holds no parameters; a clone is
/// the same layer.
#[derive(Clone)]
pub struct Layer {
    pub(super) kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    Dense { units: usize },
    Conv { filters: usize, window: (usize, usize), stride: (usize, usize), padding: Padding },
    MaxPool { window: (usize, usize), stride: (usize, usize), padding: Padding },
    Relu,
    Elementwise { name: &'static str, f: fn(&Tensor) -> Tensor },
    LogSoftmax,
    Flatten,
    Dropout { rate: f64 },
    Serial(Vec<Layer>),
}

/// The most numbers that the output of a layer has in prediction: samples are taken so many at a time that outputs stay in
/// cache, and a large batch takes no more memory than a small one.
const NUMBERS_AT_ONCE: usize = 1 << 21;

/// Whether a network is being trained or used: dropout differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is left to chance.
    Predict,
    /// Dropout layers draw from `seed`, each in its own way; the same seed gives the same output. Take another at each
    /// step.
    Train {
        /// The start of the random numbers.
        seed: u32,
    },
}

/// An affine layer: `(N, D)` gives `x · w + b`, `(N, units)`. Parameters by [`stax_layer`].
pub fn dense(units: usize) -> Layer {
    Kind::Dense { units }.into()
}

/// A convolution with `filters` filters of `window` pixels (rows, columns), stride 1, no padding: `(N, C, H, W)` gives
/// `(N, filters, H - window.0 + 1, W - window.1 + 1)`. Parameters by [`stax_layer`].
pub fn conv(filters: usize, window: (usize, usize)) -> Layer {
    conv_with(filters, window, (1, 1), Padding::Valid)
}

/// As [`conv`], with strides (down, right) and padding: see [`Tensor::conv2d`].
///
/// # Panics
///
/// If a side of the window or a stride is 0.
#[track_caller]
pub fn conv_with(filters: usize, window: (usize, usize), stride: (usize, usize), padding: Padding) -> Layer {
    expect_positive("conv", window, stride);
    Kind::Conv { filters, window, stride, padding }.into()
}

/// The largest entry of each window of `window` pixels, `stride` pixels from one to the next, no padding.
///
/// # Panics
///
/// If a side of the window or a stride is 0.
#[track_caller]
pub fn max_pool(window: (usize, usize), stride: (usize, usize)) -> Layer {
    max_pool_with(window, stride, Padding::Valid)
}

/// As [`max_pool`], with padding: see [`Tensor::max_pool`].
///
/// # Panics
///
/// If a side of the window or a stride is 0.
#[track_caller]
pub fn max_pool_with(window: (usize, usize), stride: (usize, usize), padding: Padding) -> Layer {
    expect_positive("max_pool", window, stride);
    Kind::MaxPool { window, stride, padding }.into()
}

/// A function of each entry by itself, under a name for messages.
pub fn elementwise(name: &'static str, f: fn(&Tensor) -> Tensor) -> Layer {
    Kind::Elementwise { name, f }.into()
}

/// The rectifier, `max(x, 0)`.
pub fn relu() -> Layer {
    Kind::Relu.into()
}

/// The hyperbolic tangent.
pub fn tanh() -> Layer {
    elementwise("tanh", Tensor::tanh)
}

/// The logistic function.
pub fn sigmoid() -> Layer {
    elementwise("sigmoid", Tensor::sigmoid)
}

/// Scores to log-probabilities, `(N, M)`: each row less its `logsumexp`.
pub fn log_softmax() -> Layer {
    Kind::LogSoftmax.into()
}

/// `(N, d_1, ..., d_k)` to `(N, d_1 * ... * d_k)`.
pub fn flatten() -> Layer {
    Kind::Flatten.into()
}

/// Sets a fraction `rate` of the entries to 0, drawn anew for each seed, and divides the rest by `1 - rate`, so that
/// the mean stays; with [`Mode::Predict`] it does nothing. The argument of stax's `Dropout` is the fraction kept.
///
/// # Panics
///
/// If `rate` is not in [0, 1).
#[track_caller]
pub fn dropout(rate: f64) -> Layer {
    assert!((0.0..1.0).contains(&rate), "dropout: `rate` is {rate}, expected 0 or more and less than 1");
    Kind::Dropout { rate }.into()
}

/// The layers one after the other, from the input to the output, as one layer.
///
/// ```
/// use nnlib::rng::RandomState;
/// use nnlib::serial::{conv, dense, flatten, max_pool, relu, serial};
///
/// let features = serial(vec![conv(32, (3, 3)), relu(), max_pool((2, 2), (2, 2))]);
/// let net = serial(vec![features, flatten(), dense(10)]);
/// let (output_shape, params) = net.init(&mut RandomState::new(0), &[1, 28, 28]);
/// assert_eq!(output_shape, [10]);
/// assert_eq!(
///     format!("{params:?}"),
///     "[[(w (32, 1, 3, 3), b (32,)), (), ()], (), (w (5408, 10), b (10,))]"
/// );
/// ```
pub fn serial(layers: Vec<Layer>) -> Layer {
    Kind::Serial(layers).into()
}

#[track_caller]
fn expect_positive(function: &str, window: (usize, usize), stride: (usize, usize)) {
    let sides = [window.0, window.1, stride.0, stride.1];
    assert!(!sides.contains(&0), "{function}: the window is {window:?} and the stride {stride:?}, expected at least 1");
}

impl Layer {
    /// Draws parameters for samples of shape `input_shape`, without N: `[1, 28, 28]` for grey images. Returns the shape
    /// of an output, without N too, and the parameters.
    ///
    /// Layers draw one after the other, each its weights before its biases.
    ///
    /// # Panics
    ///
    /// If a layer cannot take what it gets. The message names its place in the stack, what it got and what it expected.
    #[track_caller]
    pub fn init(&self, rng: &mut RandomState, input_shape: &[usize]) -> (Vec<usize>, Params) {
        let output_shape =
            self.infer(input_shape, None).unwrap_or_else(|error| panic!("init: {}", self.located(error)));
        (output_shape, self.draw(rng, input_shape))
    }

    /// Panics unless samples of shape `input_shape` come out with `output_shape`, both without N: a network for ten
    /// classes ends in `[10]`.
    ///
    /// # Panics
    ///
    /// As [`Layer::init`], and if the output has another shape. The message names the last layer.
    #[track_caller]
    pub fn expect_output(&self, input_shape: &[usize], output_shape: &[usize]) {
        let found = self.infer(input_shape, None);
        let found = found.unwrap_or_else(|error| panic!("expect_output: {}", self.located(error)));
        let last = match &self.kind {
            Kind::Serial(layers) if !layers.is_empty() => {
                let count = layers.len();
                format!("layer {count} of {count}, {}", layers[count - 1])
            }
            _ => self.to_string(),
        };
        assert!(
            found == output_shape,
            "expect_output: {last}: gives samples of shape {}, expected {}",
            shape_text(&found),
            shape_text(output_shape)
        );
    }

    /// The output for a batch of inputs: `(N, ...)`.
    ///
    /// # Panics
    ///
    /// If the inputs or the parameters do not fit a layer. The message names its place in the stack, what it got and
    /// what it expected.
    #[track_caller]
    pub fn apply(&self, params: &Params, inputs: &Tensor, mode: Mode) -> Tensor {
        let Some(sample) = inputs.shape().get(1..) else {
            panic!("apply: `inputs` is one number, expected a batch of samples, (N, ...)")
        };
        if let Err(error) = self.infer(sample, Some(params)) {
            panic!("apply: {}", self.located(error));
        }
        let at_once = (NUMBERS_AT_ONCE / self.largest_sample(sample).max(1)).max(1);
        let is_recorded = inputs.is_recorded() || params.tensors().into_iter().any(Tensor::is_recorded);
        if mode != Mode::Predict || is_recorded || inputs.shape()[0] <= at_once {
            return self.run(params, inputs.clone(), mode);
        }
        let parts = inputs.samples_at_once(at_once).map(|part| self.run(params, part, mode));
        Tensor::one_after_the_other(&parts.collect::<Vec<_>>())
    }

    /// An error of [`Layer::infer`] that begins with what it is about.
    fn located(&self, error: String) -> String {
        match self.kind {
            Kind::Serial(_) => error,
            _ => format!("{self}: {error}"),
        }
    }

    /// Parameters for an input that fits.
    fn draw(&self, rng: &mut RandomState, input: &[usize]) -> Params {
        let affine = |shape: &[usize], rng: &mut RandomState| {
            let (w, b) = stax_layer(shape, rng);
            Params::Affine { w: Tensor::from(w), b: Tensor::from(b) }
        };
        match &self.kind {
            Kind::Dense { units } => affine(&[input[0], *units], rng),
            Kind::Conv { filters, window, .. } => affine(&[*filters, input[0], window.0, window.1], rng),
            Kind::Serial(layers) => {
                let mut shape = input.to_vec();
                let draw_next = |layer: &Layer| {
                    let params = layer.draw(rng, &shape);
                    shape = layer.infer(&shape, None).expect("a shape that has passed before");
                    params
                };
                Params::Serial(layers.iter().map(draw_next).collect())
            }
            _ => Params::None,
        }
    }

    /// The output for inputs and parameters that fit.
    fn run(&self, params: &Params, x: Tensor, mode: Mode) -> Tensor {
        match (&self.kind, params) {
            (Kind::Dense { .. }, Params::Affine { w, b }) => x.affine(w, b, false),
            (Kind::Conv { stride, padding, .. }, Params::Affine { w, b }) => {
                x.convolve(w, Some(b), false, *stride, *padding)
            }
            (Kind::Relu, _) => x.relu(),
            (Kind::MaxPool { window, stride, padding }, _) => x.max_pool(*window, *stride, *padding),
            (Kind::Elementwise { f, .. }, _) => f(&x),
            (Kind::LogSoftmax, _) => x.log_softmax(1),
            (Kind::Flatten, _) => {
                let sample: usize = x.shape()[1..].iter().product();
                x.reshape(&[x.shape()[0], sample])
            }
            (Kind::Dropout { rate }, _) => match mode {
                Mode::Train { seed } => drop_some(x, *rate, seed),
                Mode::Predict => x,
            },
            (Kind::Serial(layers), Params::Serial(params)) => {
                let mut x = x;
                let mut index = 0;
                while let Some(layer) = layers.get(index) {
                    let next = layers.get(index + 1).map(|layer| &layer.kind);
                    match (&layer.kind, &params[index], next) {
                        // Two layers in one pass over the outputs.
                        (Kind::Dense { .. }, Params::Affine { w, b }, Some(Kind::Relu)) => {
                            x = x.affine(w, b, true);
                            index += 1;
                        }
                        (Kind::Conv { stride, padding, .. }, Params::Affine { w, b }, Some(Kind::Relu)) => {
                            x = x.convolve(w, Some(b), true, *stride, *padding);
                            index += 1;
                        }
                        (_, params, _) => {
                            let mode = match mode {
                                Mode::Train { seed } => Mode::Train { seed: child_seed(seed, index) },
                                Mode::Predict => Mode::Predict,
                            };
                            x = layer.run(params, x, mode);
                        }
                    }
                    index += 1;
                }
                x
            }
            _ => unreachable!("`infer` has seen that the parameters fit"),
        }
    }
}

impl From<Kind> for Layer {
    fn from(kind: Kind) -> Layer {
        Layer { kind }
    }
}

/// As it is written in a program.
impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Dense { units } => write!(f, "dense({units})"),
            Kind::Conv { filters, window, stride: (1, 1), padding: Padding::Valid } => {
                write!(f, "conv({filters}, {window:?})")
            }
            Kind::Conv { filters, window, stride, padding } => {
                write!(f, "conv_with({filters}, {window:?}, {stride:?}, {padding:?})")
            }
            Kind::MaxPool { window, stride, padding: Padding::Valid } => write!(f, "max_pool({window:?}, {stride:?})"),
            Kind::MaxPool { window, stride, padding } => {
                write!(f, "max_pool_with({window:?}, {stride:?}, {padding:?})")
            }
            Kind::Relu => write!(f, "relu()"),
            Kind::Elementwise { name, .. } => write!(f, "{name}()"),
            Kind::LogSoftmax => write!(f, "log_softmax()"),
            Kind::Flatten => write!(f, "flatten()"),
            Kind::Dropout { rate } => write!(f, "dropout({rate})"),
            Kind::Serial(layers) => {
                let layers: Vec<String> = layers.iter().map(Layer::to_string).collect();
                write!(f, "serial([{}])", layers.join(", "))
            }
        }
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
