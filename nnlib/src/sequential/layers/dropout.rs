//! Dropout.

use ndarray::ArrayD;

use crate::grad::Tensor;
use crate::rng::RandomState;

use super::{Layer, Pass, expect_input_shape};

/// In training, sets a random part of the inputs to 0 and scales the others up, so that their mean stays.
///
/// Each input is dropped with probability `rate`, and otherwise divided by 1 - `rate`. In prediction it does nothing
/// (Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, 2014).
#[derive(Clone, Debug)]
pub struct Dropout {
    rate: f64,
    input_shape: Option<Vec<usize>>,
}

impl Dropout {
    /// Dropout of the fraction `rate` of its inputs.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ `rate` < 1.
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        let fits = (0.0..1.0).contains(&rate);
        assert!(fits, "Dropout::new: `rate` is {rate}, expected 0 <= rate < 1: the fraction that is dropped");
        Dropout { rate, input_shape: None }
    }

    /// Says which samples the model takes, where this is the first layer.
    ///
    /// # Panics
    ///
    /// If the shape is empty or has a 0.
    #[track_caller]
    pub fn input_shape(self, shape: &[usize]) -> Self {
        Dropout { input_shape: expect_input_shape("Dropout::input_shape", shape), ..self }
    }

    /// What the inputs are multiplied by: 0, or 1 / (1 - rate).
    fn mask(&self, shape: &[usize], rng: &mut RandomState) -> ArrayD<f32> {
        // One word of the generator for each input: half of what a number of 53 bits takes.
        const WORDS: f64 = (1_u64 << 32) as f64;
        let dropped = (self.rate * WORDS) as u32;
        let kept = (1.0 / (1.0 - self.rate)) as f32;
        let factor = |word| if word < dropped { 0.0 } else { kept };
        ArrayD::from_shape_vec(shape, rng.convert_words(shape.iter().product(), factor)).expect("as many as inputs")
    }
}

impl Layer for Dropout {
    fn kind(&self) -> &'static str {
        "Dropout"
    }

    fn input_shape(&self) -> Option<&[usize]> {
        self.input_shape.as_deref()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        Ok(input.to_vec())
    }

    fn forward(&self, x: &Tensor, _weights: &[Tensor], pass: &mut Pass) -> Tensor {
        match pass.rng() {
            Some(rng) if self.rate > 0.0 => x * Tensor::from(self.mask(x.shape(), rng)),
            _ => x.clone(),
        }
    }
}
