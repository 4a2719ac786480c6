//! Adaptive moments.

use crate::elementwise::change_all;

use super::{expect_fraction, expect_positive};

/// Steps by running means of the gradient and of its square: `Adam::new(0.001)`.
///
/// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², w ← w - α m / (sqrt(v) + ε) with
/// α = η sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ), m and v from 0, β₁ = 0.9, β₂ = 0.999 and ε = 1e-7. This is the form before section
/// 2.1 of Kingma & Ba (*Adam: A Method for Stochastic Optimization*, 2015), which Keras has; algorithm 1 of the same
/// paper divides v by 1 - β₂ᵗ before it adds ε.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    learning_rate: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
}

impl Adam {
    pub(super) const DEFAULT: Adam = Adam { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

    /// Adam with learning rate η; Keras's default is 0.001.
    ///
    /// # Panics
    ///
    /// Unless the rate is a number above 0.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Self {
        expect_positive("Adam::new", "learning_rate", learning_rate);
        Adam { learning_rate: learning_rate as f32, ..Adam::DEFAULT }
    }

    /// Sets β₁, the part of the old mean gradient that is kept.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ β₁ < 1.
    #[track_caller]
    pub fn beta_1(self, beta_1: f64) -> Self {
        expect_fraction("Adam::beta_1", "beta_1", beta_1);
        Adam { beta_1: beta_1 as f32, ..self }
    }

    /// Sets β₂, the part of the old mean square that is kept.
    ///
    /// # Panics
    ///
    /// Unless 0 ≤ β₂ < 1.
    #[track_caller]
    pub fn beta_2(self, beta_2: f64) -> Self {
        expect_fraction("Adam::beta_2", "beta_2", beta_2);
        Adam { beta_2: beta_2 as f32, ..self }
    }

    /// Sets ε, which keeps the denominator from 0.
    ///
    /// # Panics
    ///
    /// Unless it is a number above 0.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Self {
        expect_positive("Adam::epsilon", "epsilon", epsilon);
        Adam { epsilon: epsilon as f32, ..self }
    }

    /// Step number `t`, from 1.
    pub(super) fn step(&self, t: i32, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        let Adam { learning_rate, beta_1, beta_2, epsilon } = *self;
        let alpha = learning_rate * (1.0 - beta_2.powi(t)).sqrt() / (1.0 - beta_1.powi(t));
        change_all([w, m, v], g, |[w, m, v], g| {
            *m += (1.0 - beta_1) * (g - *m);
            *v += (1.0 - beta_2) * (g * g - *v);
            *w -= alpha * *m / (v.sqrt() + epsilon);
        });
    }
}

/// Rate 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-7.
impl Default for Adam {
    fn default() -> Self {
        Adam::DEFAULT
    }
}
