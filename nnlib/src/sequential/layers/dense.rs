//! Fully connected layers.

use ndarray::ArrayD;

use crate::grad::Tensor;
use crate::rng::RandomState;
use crate::sequential::activation_function::ActivationFunction;
use crate::sequential::initializer::Initializer;
use crate::sequential::names::Choice;

use super::{Layer, Pass, Weight, expect_at_least_one, expect_input_shape};

/// A fully connected layer: `activation(x · kernel + bias)`, `(N, D)` to `(N, M)`.
///
/// The kernel, `(D, M)`, starts from Keras's Glorot uniform, the bias, `(M,)`, from zeros.
#[derive(Clone, Debug)]
pub struct Dense {
    units: usize,
    activation: ActivationFunction,
    kernel_initializer: Initializer,
    input_shape: Option<Vec<usize>>,
}

impl Dense {
    /// A layer of `units` outputs, M, without activation.
    ///
    /// # Panics
    ///
    /// If `units` is 0.
    #[track_caller]
    pub fn new(units: usize) -> Self {
        expect_at_least_one("Dense::new", "units", units);
        Dense {
            units,
            activation: ActivationFunction::Linear,
            kernel_initializer: Initializer::GlorotUniform,
            input_shape: None,
        }
    }

    /// Sets the activation: `"relu"`, or `ActivationFunction::Relu`.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn activation(self, activation: impl Choice<ActivationFunction>) -> Self {
        Dense { activation: activation.choose("Dense::activation"), ..self }
    }

    /// Sets where the kernel starts: `"he_uniform"`, or `Initializer::HeUniform`.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn kernel_initializer(self, initializer: impl Choice<Initializer>) -> Self {
        Dense { kernel_initializer: initializer.choose("Dense::kernel_initializer"), ..self }
    }

    /// Says which samples the model takes, where this is the first layer: `&[784]`.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        Dense { input_shape: expect_input_shape("Dense::input_shape", shape), ..self }
    }
}

impl Layer for Dense {
    fn kind(&self) -> &'static str {
        "Dense"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        match input {
            [_] => Ok(vec![self.units]),
            _ => Err("(None, D): put a Flatten layer before it".to_owned()),
        }
    }

    fn weights(&self, input: &[usize], rng: &mut RandomState) -> Vec<Weight> {
        let kernel = self.kernel_initializer.draw(&[input[0], self.units], rng);
        vec![
            Weight { name: "kernel", value: kernel, trainable: true },
            Weight { name: "bias", value: ArrayD::zeros(vec![self.units]), trainable: true },
        ]
    }

    fn forward(&self, x: &Tensor, weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        x.affine(&weights[0], &weights[1], false)
    }

    fn activated(&self, x: &Tensor, weights: &[Tensor], pass: &mut Pass) -> Tensor {
        match self.activation {
            ActivationFunction::Relu => x.affine(&weights[0], &weights[1], true),
            other => other.apply(self.forward(x, weights, pass)),
        }
    }

    fn activation(&self) -> ActivationFunction {
        self.activation
    }
}
