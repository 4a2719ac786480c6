//! Gradient descent.

use crate::elementwise::change_all;
use crate::grad::Tensor;

use super::{expect_fraction, expect_positive};

/// Gradient descent on batches, with or without momentum: `SGD::new(0.01).momentum(0.9)`.
///
/// Without momentum w ← w - η g. With momentum μ, v ← μ v - η g and w ← w + v; with Nesterov's w ← w + μ v - η g
/// (Sutskever et al., *On the importance of initialization and momentum in deep learning*, 2013).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SGD {
    pub(super) learning_rate: f32,
    pub(super) momentum: f32,
    nesterov: bool,
}

impl SGD {
    pub(super) const DEFAULT: SGD = SGD { learning_rate: 0.01, momentum: 0.0, nesterov: false };

    /// Gradient descent with learning rate η and no momentum; Keras's default rate is 0.01.
    ///
    /// # Panics
    ///
    /// Unless the rate is a number above 0.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Self {
        expect_positive("SGD::new", "learning_rate", learning_rate);
        SGD { learning_rate: learning_rate as f32, ..SGD::DEFAULT }
    }

    /// Sets the momentum μ, the part of the old velocity that is kept.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ μ < 1.
    #[track_caller]
    pub fn momentum(self, momentum: f64) -> Self {
        expect_fraction("SGD::momentum", "momentum", momentum);
        SGD { momentum: momentum as f32, ..self }
    }

    /// Takes Nesterov's form of momentum.
    pub fn nesterov(self) -> Self {
        SGD { nesterov: true, ..self }
    }

    pub(super) fn step(&self, w: &mut Tensor, g: &Tensor) {
        w.add_scaled(-self.learning_rate, g);
    }

    pub(super) fn step_with_momentum(&self, w: &mut [f32], g: &[f32], velocity: &mut [f32]) {
        let SGD { learning_rate, momentum, nesterov } = *self;
        change_all([w, velocity], g, |[w, v], g| {
            *v = momentum * *v - learning_rate * g;
            *w += if nesterov { momentum * *v - learning_rate * g } else { *v };
        });
    }
}

/// Rate 0.01, no momentum.
impl Default for SGD {
    fn default() -> Self {
        SGD::DEFAULT
    }
}
