//! An activation as a layer of its own.

use crate::grad::Tensor;
use crate::sequential::activation_function::ActivationFunction;
use crate::sequential::names::Choice;

use super::{Layer, Pass, expect_input_shape};

/// Applies an activation: `Dense::new(512)` and `Activation::new("relu")` is `Dense::new(512).activation("relu")`.
#[derive(Clone, Debug)]
pub struct Activation {
    function: ActivationFunction,
    input_shape: Option<Vec<usize>>,
}

impl Activation {
    /// The layer with this activation: `"relu"`, or [`ActivationFunction::Relu`].
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn new(activation: impl Choice<ActivationFunction>) -> Self {
        Activation { function: activation.choose("Activation::new"), input_shape: None }
    }

    /// Says which samples the model takes, where this is the first layer.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        Activation { input_shape: expect_input_shape("Activation::input_shape", shape), ..self }
    }
}

impl Layer for Activation {
    fn kind(&self) -> &'static str {
        "Activation"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        Ok(input.to_vec())
    }

    fn forward(&self, x: &Tensor, _weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        x.clone()
    }

    fn activation(&self) -> ActivationFunction {
        self.function
    }
}
