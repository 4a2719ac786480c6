//! Where weights start.

use ndarray::ArrayD;

use crate::init;
use crate::rng::RandomState;

use super::names::Named;

/// How a kernel is drawn; in Keras's words `"glorot_normal"`, `"glorot_uniform"`, `"he_normal"`, `"he_uniform"`,
/// `"zeros"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Initializer {
    /// [`init::glorot_normal`].
    GlorotNormal,
    /// [`init::glorot_uniform`], Keras's default.
    #[default]
    GlorotUniform,
    /// [`init::he_normal`].
    HeNormal,
    /// [`init::he_uniform`].
    HeUniform,
    /// All zero.
    Zeros,
}

impl Initializer {
    /// A new kernel, `(D, M)` or `(F, C, HH, WW)`.
    pub(super) fn draw(self, shape: &[usize], rng: &mut RandomState) -> ArrayD<f32> {
        let kernel = match self {
            Initializer::GlorotNormal => init::glorot_normal(shape, rng),
            Initializer::GlorotUniform => init::glorot_uniform(shape, rng),
            Initializer::HeNormal => init::he_normal(shape, rng),
            Initializer::HeUniform => init::he_uniform(shape, rng),
            Initializer::Zeros => ArrayD::zeros(shape),
        };
        kernel.mapv(|weight| weight as f32)
    }
}

impl Named for Initializer {
    const KIND: &'static str = "initializer";
    const ALL: &'static [(&'static str, Self)] = &[
        ("glorot_normal", Initializer::GlorotNormal),
        ("glorot_uniform", Initializer::GlorotUniform),
        ("he_normal", Initializer::HeNormal),
        ("he_uniform", Initializer::HeUniform),
        ("zeros", Initializer::Zeros),
    ];
}
