//! Gradients over their running root mean square.

use crate::elementwise::change_all;

use super::{expect_fraction, expect_positive};

/// Divides each gradient by the root of its running mean square: `RMSprop::new(0.001)`.
///
/// v ← ρ v + (1 - ρ) g², w ← w - η g / sqrt(v + ε), with v from 0, ρ = 0.9 and ε = 1e-7 (Hinton, *Neural Networks for
/// Machine Learning*, lecture 6e, 2012). Keras adds ε under the root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RMSprop {
    learning_rate: f32,
    rho: f32,
    epsilon: f32,
}

impl RMSprop {
    pub(super) const DEFAULT: RMSprop = RMSprop { learning_rate: 0.001, rho: 0.9, epsilon: 1e-7 };

    /// RMSprop with learning rate η; Keras's default is 0.001.
    ///
    /// # Panics
    ///
    /// Unless the rate is a number above 0.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Self {
        expect_positive("RMSprop::new", "learning_rate", learning_rate);
        RMSprop { learning_rate: learning_rate as f32, ..RMSprop::DEFAULT }
    }

    /// Sets ρ, the part of the old mean square that is kept.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ ρ < 1.
    #[track_caller]
    pub fn rho(self, rho: f64) -> Self {
        expect_fraction("RMSprop::rho", "rho", rho);
        RMSprop { rho: rho as f32, ..self }
    }

    /// Sets ε, which keeps the denominator from 0.
    ///
    /// # Panics
    ///
    /// Unless it is a number above 0.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Self {
        expect_positive("RMSprop::epsilon", "epsilon", epsilon);
        RMSprop { epsilon: epsilon as f32, ..self }
    }

    pub(super) fn step(&self, w: &mut [f32], g: &[f32], v: &mut [f32]) {
        let RMSprop { learning_rate, rho, epsilon } = *self;
        change_all([w, v], g, |[w, v], g| {
            *v = rho * *v + (1.0 - rho) * g * g;
            *w -= learning_rate * g / (*v + epsilon).sqrt();
        });
    }
}

/// Rate 0.001, ρ = 0.9, ε = 1e-7.
impl Default for RMSprop {
    fn default() -> Self {
        RMSprop::DEFAULT
    }
}
