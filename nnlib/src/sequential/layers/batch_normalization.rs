//! Batch normalisation.

use ndarray::ArrayD;

use crate::grad::Tensor;
use crate::rng::RandomState;

use super::{Layer, Pass, Weight, expect_input_shape};

/// Normalises each feature, or each channel of an image, then scales and shifts it by what it learns.
///
/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta. In training, mean and variance are those of the batch, over
/// the samples and, for images, all pixels; the variance divides by their number. In prediction they are the moving
/// averages, average ← momentum · average + (1 - momentum) · batch, with momentum 0.99 (the weight of the old average)
/// and epsilon 0.001 as in Keras (Ioffe & Szegedy, *Batch Normalization*, 2015).
#[derive(Clone, Debug)]
pub struct BatchNormalization {
    momentum: f64,
    epsilon: f64,
    input_shape: Option<Vec<usize>>,
}

/// The places of the weights.
const GAMMA: usize = 0;
const BETA: usize = 1;
const MOVING_MEAN: usize = 2;
const MOVING_VARIANCE: usize = 3;

impl BatchNormalization {
    /// Batch normalisation with Keras's momentum and epsilon.
    pub fn new() -> Self {
        BatchNormalization { momentum: 0.99, epsilon: 0.001, input_shape: None }
    }

    /// Sets the part of the old moving average that is kept.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ `momentum` ≤ 1.
    #[track_caller]
    pub fn momentum(self, momentum: f64) -> Self {
        let fits = (0.0..=1.0).contains(&momentum);
        assert!(fits, "BatchNormalization::momentum: `momentum` is {momentum}, expected 0 <= momentum <= 1");
        BatchNormalization { momentum, ..self }
    }

    /// Sets what is added to the variance.
    ///
    /// # Panics
    ///
    /// Unless it is a number above 0.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Self {
        let fits = epsilon > 0.0 && epsilon.is_finite();
        assert!(fits, "BatchNormalization::epsilon: `epsilon` is {epsilon}, expected a number above 0");
        BatchNormalization { epsilon, ..self }
    }

    /// Says which samples the model takes, where this is the first layer.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        BatchNormalization { input_shape: expect_input_shape("BatchNormalization::input_shape", shape), ..self }
    }

    /// The moving average after a batch.
    fn moved(&self, average: &Tensor, batch: &Tensor) -> ArrayD<f32> {
        let momentum = self.momentum as f32;
        let batch = batch.value().to_shape(average.shape()).expect("one number a feature");
        momentum * average.value() + (1.0 - momentum) * &batch
    }
}

impl Default for BatchNormalization {
    fn default() -> Self {
        BatchNormalization::new()
    }
}

impl Layer for BatchNormalization {
    fn kind(&self) -> &'static str {
        "BatchNormalization"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        match input.len() {
            1 | 3 => Ok(input.to_vec()),
            _ => Err("rows (None, D) or images (None, C, H, W)".to_owned()),
        }
    }

    fn weights(&self, input: &[usize], _rng: &mut RandomState) -> Vec<Weight> {
        let weight = |name, start: f32, trainable| {
            let value = ArrayD::from_elem(vec![input[0]], start);
            Weight { name, value, trainable }
        };
        vec![
            weight("gamma", 1.0, true),
            weight("beta", 0.0, true),
            weight("moving_mean", 0.0, false),
            weight("moving_variance", 1.0, false),
        ]
    }

    fn forward(&self, x: &Tensor, weights: &[Tensor], pass: &mut Pass) -> Tensor {
        let &[n, features, ..] = x.shape() else { panic!("BatchNormalization: `x` has shape {:?}", x.shape()) };
        // A weight as one number for each feature or channel, to be broadcast over samples and pixels.
        let shape: Vec<usize> = std::iter::once(features).chain(x.shape()[2..].iter().map(|_| 1)).collect();
        let column = |weight: &Tensor| weight.reshape(&shape);
        let epsilon = self.epsilon as f32;
        let (gamma, beta) = (column(&weights[GAMMA]), column(&weights[BETA]));
        if !pass.is_training() {
            let scale = gamma / (column(&weights[MOVING_VARIANCE]) + epsilon).sqrt();
            let shift = beta - column(&weights[MOVING_MEAN]) * &scale;
            return x * scale + shift;
        }
        let pixels = x.shape()[2..].iter().product();
        let average = |values: &Tensor| column(&values.reshape(&[n, features, pixels]).mean_axis(2).mean_axis(0));
        let mean = average(x);
        let centered = x - &mean;
        let variance = average(&centered.square());
        pass.update(MOVING_MEAN, self.moved(&weights[MOVING_MEAN], &mean));
        pass.update(MOVING_VARIANCE, self.moved(&weights[MOVING_VARIANCE], &variance));
        centered * (gamma / (variance + epsilon).sqrt()) + beta
    }
}
