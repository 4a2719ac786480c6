//! The layers that a model is stacked from.

mod activation;
mod batch_normalization;
mod conv2d;
mod dense;
mod dropout;
mod flatten;
mod max_pool2d;

use std::fmt;

use ndarray::ArrayD;

use crate::grad::{Padding, Tensor, output_len};
use crate::rng::RandomState;

use super::activation_function::ActivationFunction;
use super::names::Named;

pub use activation::Activation;
pub use batch_normalization::BatchNormalization;
pub use conv2d::Conv2D;
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use max_pool2d::MaxPool2D;

/// One layer of a [`Sequential`](super::Sequential) model: what it computes, but not its weights, which are the
/// model's.
///
/// Shapes are those of one sample, without the batch axis: `[3072]`, `[3, 32, 32]`. A layer of your own implements
/// this trait; only `kind`, `output_shape` and `forward` must be written.
pub trait Layer: fmt::Debug + Send + Sync {
    /// The name of its kind, as the summary has it: `Dense`.
    fn kind(&self) -> &'static str;

    /// The input shape that the layer was given, if any: only the first layer needs one.
    fn input_shape(&self) -> Option<&[usize]> {
        None
    }

    /// The shape of the output for inputs of shape `input`, or what it expects instead.
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String>;

    /// New weights for inputs of shape `input`; `forward` gets them in this order.
    fn weights(&self, input: &[usize], rng: &mut RandomState) -> Vec<Weight> {
        let _ = (input, rng);
        Vec::new()
    }

    /// The output for a batch `x`, `(N, …)`, before the [`activation`](Self::activation).
    fn forward(&self, x: &Tensor, weights: &[Tensor], pass: &mut Pass) -> Tensor;

    /// The output for a batch `x`, after the [`activation`](Self::activation).
    fn activated(&self, x: &Tensor, weights: &[Tensor], pass: &mut Pass) -> Tensor {
        self.activation().apply(self.forward(x, weights, pass))
    }

    /// What the model applies to the output of `forward`.
    ///
    /// It is apart from `forward` so that a loss can be computed from the inputs of a last softmax or sigmoid: without
    /// loss of precision, and with a gradient even where the output is 0 or 1.
    fn activation(&self) -> ActivationFunction {
        ActivationFunction::Linear
    }
}

/// One of the arrays that a layer has to learn or to keep.
#[derive(Clone, Debug)]
pub struct Weight {
    /// Its name in the layer: `kernel`, `bias`.
    pub name: &'static str,
    /// Its value.
    pub value: ArrayD<f32>,
    /// Whether the optimizer changes it; the layer itself may, see [`Pass::update`].
    pub trainable: bool,
}

/// One run of a batch through the layers: what is different in training.
#[derive(Debug)]
pub struct Pass<'a> {
    rng: Option<&'a mut RandomState>,
    updates: Vec<(usize, ArrayD<f32>)>,
}

impl<'a> Pass<'a> {
    /// A pass that trains, with dropout masks from `rng`.
    pub fn training(rng: &'a mut RandomState) -> Self {
        Pass { rng: Some(rng), updates: Vec::new() }
    }

    /// A pass that predicts.
    pub fn inference() -> Self {
        Pass { rng: None, updates: Vec::new() }
    }

    /// The generator of the training; `None` in a pass that predicts.
    pub fn rng(&mut self) -> Option<&mut RandomState> {
        self.rng.as_deref_mut()
    }

    /// Whether this pass trains.
    pub fn is_training(&self) -> bool {
        self.rng.is_some()
    }

    /// Has weight `index` of the layer set to `value` once the step is taken: running averages, not what is trained.
    pub fn update(&mut self, index: usize, value: ArrayD<f32>) {
        self.updates.push((index, value));
    }

    /// The updates that the last layer asked for.
    pub(super) fn take_updates(&mut self) -> Vec<(usize, ArrayD<f32>)> {
        std::mem::take(&mut self.updates)
    }
}

/// A shape of samples as Keras writes it: `(None, 3, 32, 32)`.
pub(super) fn batch_shape(sample: &[usize]) -> String {
    let mut text = "(None".to_owned();
    for axis in sample {
        text += &format!(", {axis}");
    }
    text + ")"
}

impl Named for Padding {
    const KIND: &'static str = "padding";
    const ALL: &'static [(&'static str, Self)] = &[("same", Padding::Same), ("valid", Padding::Valid)];
}

/// The input shape of a layer that was given one, checked.
#[track_caller]
fn expect_input_shape(function: &str, shape: &[usize]) -> Option<Vec<usize>> {
    assert!(
        !shape.is_empty() && !shape.contains(&0),
        "{function}: `shape` is {shape:?}, expected the shape of one sample, such as [3, 32, 32], without a 0"
    );
    Some(shape.to_vec())
}

/// What windows of `window` rows and columns, `what` of a layer, make of `input`; or what it should have been.
fn window_output(
    what: &str,
    input: &[usize],
    window: (usize, usize),
    strides: (usize, usize),
    padding: Padding,
) -> Result<(usize, usize), String> {
    let &[_, height, width] = input else {
        return Err("images (None, C, H, W)".to_owned());
    };
    let rows = output_len(height, window.0, strides.0, padding);
    let columns = output_len(width, window.1, strides.1, padding);
    rows.zip(columns).ok_or(format!("images at least as large as its {what}, {}x{}", window.0, window.1))
}

/// Panics unless both numbers are 1 or more.
#[track_caller]
fn expect_pair(function: &str, argument: &str, (rows, columns): (usize, usize)) {
    assert!(
        rows > 0 && columns > 0,
        "{function}: `{argument}` is ({rows}, {columns}), expected rows and columns of 1 or more"
    );
}

/// Panics unless `value` is 1 or more.
#[track_caller]
fn expect_at_least_one(function: &str, argument: &str, value: usize) {
    assert!(value > 0, "{function}: `{argument}` is 0, expected 1 or more");
}
