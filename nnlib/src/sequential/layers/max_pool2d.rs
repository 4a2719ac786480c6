//! Max pooling.

use crate::grad::Tensor;

use super::{Layer, Pass, expect_at_least_one, expect_input_shape};

/// The largest of each square of pixels, `(N, C, H, W)` to `(N, C, H', W')`, H' = (H - size) / stride + 1 rounded down.
#[derive(Clone, Debug)]
pub struct MaxPool2D {
    pool_size: usize,
    stride: usize,
    input_shape: Option<Vec<usize>>,
}

impl MaxPool2D {
    /// Pooling over squares of `pool_size` by `pool_size` pixels, side by side.
    ///
    /// # Panics
    ///
    /// If `pool_size` is 0.
    #[track_caller]
    pub fn new(pool_size: usize) -> Self {
        expect_at_least_one("MaxPool2D::new", "pool_size", pool_size);
        MaxPool2D { pool_size, stride: pool_size, input_shape: None }
    }

    /// Sets how far the square moves at a time: `pool_size` unless it is set.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn strides(self, stride: usize) -> Self {
        expect_at_least_one("MaxPool2D::strides", "stride", stride);
        MaxPool2D { stride, ..self }
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

/// Squares of 2 by 2 pixels.
impl Default for MaxPool2D {
    fn default() -> Self {
        MaxPool2D::new(2)
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
        let MaxPool2D { pool_size, stride, .. } = *self;
        match *input {
            [channels, height, width] if height.min(width) >= pool_size => {
                Ok(vec![channels, (height - pool_size) / stride + 1, (width - pool_size) / stride + 1])
            }
            [_, _, _] => Err(format!("images at least as large as its pool, {pool_size}x{pool_size}")),
            _ => Err("images (None, C, H, W)".to_owned()),
        }
    }

    fn forward(&self, x: &Tensor, _weights: &[Tensor], _pass: &mut Pass) -> Tensor {
        x.max_pool(self.pool_size, self.stride)
    }
}
