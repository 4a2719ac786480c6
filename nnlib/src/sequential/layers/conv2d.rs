//! Convolutions.

use ndarray::ArrayD;

use crate::grad::{Padding, Tensor};
use crate::rng::RandomState;
use crate::sequential::activation_function::ActivationFunction;
use crate::sequential::initializer::Initializer;
use crate::sequential::names::Choice;

use super::{Layer, Pass, Weight, expect_at_least_one, expect_input_shape, expect_pair, window_output};

/// A convolution: `activation(x ⋆ kernel + bias)`, `(N, C, H, W)` to `(N, F, H', W')`.
///
/// With `"valid"` padding, the default, H' = (H - HH) / stride + 1 rounded down; with `"same"`, zeros are added around
/// the image, one more below and to the right where their number is odd, and H' = H / stride rounded up. The kernel,
/// `(F, C, HH, WW)`, starts from Keras's Glorot uniform, the bias, `(F,)`, from zeros.
#[derive(Clone, Debug)]
pub struct Conv2D {
    filters: usize,
    kernel_size: (usize, usize),
    strides: (usize, usize),
    padding: Padding,
    activation: ActivationFunction,
    kernel_initializer: Initializer,
    input_shape: Option<Vec<usize>>,
}

impl Conv2D {
    /// A layer of `filters` filters, F, of `kernel_size` rows and columns, (HH, WW).
    ///
    /// # Panics
    ///
    /// If one of them is 0.
    #[track_caller]
    pub fn new(filters: usize, kernel_size: (usize, usize)) -> Self {
        expect_at_least_one("Conv2D::new", "filters", filters);
        expect_pair("Conv2D::new", "kernel_size", kernel_size);
        Conv2D {
            filters,
            kernel_size,
            strides: (1, 1),
            padding: Padding::Valid,
            activation: ActivationFunction::Linear,
            kernel_initializer: Initializer::GlorotUniform,
            input_shape: None,
        }
    }

    /// Sets how many rows down and columns to the right the filters move at a time: (1, 1) unless it is set.
    ///
    /// # Panics
    ///
    /// If one of them is 0.
    #[track_caller]
    pub fn strides(self, strides: (usize, usize)) -> Self {
        expect_pair("Conv2D::strides", "strides", strides);
        Conv2D { strides, ..self }
    }

    /// Sets what is done at the edges: `"valid"` or `"same"`.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn padding(self, padding: impl Choice<Padding>) -> Self {
        Conv2D { padding: padding.choose("Conv2D::padding"), ..self }
    }

    /// Sets the activation: `"relu"`, or `ActivationFunction::Relu`.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn activation(self, activation: impl Choice<ActivationFunction>) -> Self {
        Conv2D { activation: activation.choose("Conv2D::activation"), ..self }
    }

    /// Sets where the kernel starts: `"he_uniform"`, or `Initializer::HeUniform`.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn kernel_initializer(self, initializer: impl Choice<Initializer>) -> Self {
        Conv2D { kernel_initializer: initializer.choose("Conv2D::kernel_initializer"), ..self }
    }

    /// Says which samples the model takes, where this is the first layer: `&[1, 28, 28]`.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        Conv2D { input_shape: expect_input_shape("Conv2D::input_shape", shape), ..self }
    }
}

impl Layer for Conv2D {
    fn kind(&self) -> &'static str {
        "Conv2D"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        let (height, width) = window_output("filters", input, self.kernel_size, self.strides, self.padding)?;
        Ok(vec![self.filters, height, width])
    }

    fn weights(&self, input: &[usize], rng: &mut RandomState) -> Vec<Weight> {
        let (rows, columns) = self.kernel_size;
        let kernel = self.kernel_initializer.draw(&[self.filters, input[0], rows, columns], rng);
        vec![
            Weight { name: "kernel", value: kernel, trainable: true },
            Weight { name: "bias", value: ArrayD::zeros(vec![self.filters]), trainable: true },
        ]
    }

    fn forward(&self, x: &Tensor, weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        x.convolve(&weights[0], Some(&weights[1]), false, self.strides, self.padding)
    }

    fn activated(&self, x: &Tensor, weights: &[Tensor], pass: &mut Pass) -> Tensor {
        match self.activation {
            ActivationFunction::Relu => x.convolve(&weights[0], Some(&weights[1]), true, self.strides, self.padding),
            other => other.apply(self.forward(x, weights, pass)),
        }
    }

    fn activation(&self) -> ActivationFunction {
        self.activation
    }
}
