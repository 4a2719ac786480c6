//! Max pooling.

use crate::grad::{Padding, Tensor};
use crate::sequential::names::Choice;

use super::{Layer, Pass, expect_input_shape, expect_pair, window_output};

/// The largest of each window of pixels, `(N, C, H, W)` to `(N, C, H', W')`.
///
/// With `"valid"` padding, the default, H' = (H - size) / stride + 1 rounded down; with `"same"`, H' = H / stride rounded
/// up, and windows reach beyond the edges, where there is nothing to be the largest.
#[derive(Clone, Debug)]
pub struct MaxPool2D {
    pool_size: (usize, usize),
    strides: (usize, usize),
    padding: Padding,
    input_shape: Option<Vec<usize>>,
}

impl MaxPool2D {
    /// Pooling over windows of `pool_size` rows and columns, side by side.
    ///
    /// # Panics
    ///
    /// If one of them is 0.
    #[track_caller]
    pub fn new(pool_size: (usize, usize)) -> Self {
        expect_pair("MaxPool2D::new", "pool_size", pool_size);
        MaxPool2D { pool_size, strides: pool_size, padding: Padding::Valid, input_shape: None }
    }

    /// Sets how many rows down and columns to the right the windows move at a time: their size unless it is set.
    ///
    /// # Panics
    ///
    /// If one of them is 0.
    #[track_caller]
    pub fn strides(self, strides: (usize, usize)) -> Self {
        expect_pair("MaxPool2D::strides", "strides", strides);
        MaxPool2D { strides, ..self }
    }

    /// Sets what is done at the edges: `"valid"` or `"same"`.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    #[track_caller]
    pub fn padding(self, padding: impl Choice<Padding>) -> Self {
        MaxPool2D { padding: padding.choose("MaxPool2D::padding"), ..self }
    }

    /// Says which samples the model takes, where this is the first layer.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        MaxPool2D { input_shape: expect_input_shape("MaxPool2D::input_shape", shape), ..self }
    }
}

/// Windows of 2 by 2 pixels.
impl Default for MaxPool2D {
    fn default() -> Self {
        MaxPool2D::new((2, 2))
    }
}

impl Layer for MaxPool2D {
    /// Keras's `MaxPool2D` is another name of this one.
    fn kind(&self) -> &'static str {
        "MaxPooling2D"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        let (height, width) = window_output("pool", input, self.pool_size, self.strides, self.padding)?;
        Ok(vec![input[0], height, width])
    }

    fn forward(&self, x: &Tensor, _weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        x.max_pool(self.pool_size, self.strides, self.padding)
    }
}
