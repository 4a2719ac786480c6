//! Images to rows.

use crate::grad::Tensor;

use super::{Layer, Pass, expect_input_shape};

/// Writes each sample as one row: `(N, C, H, W)` to `(N, C * H * W)`, channel by channel, row by row.
#[derive(Clone, Debug, Default)]
pub struct Flatten {
    input_shape: Option<Vec<usize>>,
}

impl Flatten {
    /// A flattening layer.
    pub fn new() -> Self {
        Flatten::default()
    }

    /// Says which samples the model takes, where this is the first layer: `&[3, 32, 32]`.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        Flatten { input_shape: expect_input_shape("Flatten::input_shape", shape) }
    }
}

impl Layer for Flatten {
    fn kind(&self) -> &'static str {
        "Flatten"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        Ok(vec![input.iter().product()])
    }

    fn forward(&self, x: &Tensor, _weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        let n = x.shape()[0];
        x.reshape(&[n, x.shape()[1..].iter().product()])
    }
}
