//! Where weights start.

use ndarray::ArrayD;

use crate::rng::RandomState;

use super::names::Named;

/// How a kernel is drawn; in Keras's words `"glorot_normal"`, `"glorot_uniform"`, `"he_normal"`, `"he_uniform"`,
/// `"zeros"`.
///
/// The fan-in is how many inputs one output sees, the fan-out how many outputs one input reaches: D and M for a dense
/// layer, C HH WW and F HH WW for a convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Initializer {
    /// Normal, variance 2 / (fan-in + fan-out), cut off at two standard deviations (Glorot & Bengio, 2010).
    GlorotNormal,
    /// Uniform within ± sqrt(6 / (fan-in + fan-out)): Keras's default (Glorot & Bengio, 2010).
    #[default]
    GlorotUniform,
    /// Normal, variance 2 / fan-in, cut off at two standard deviations (He et al., 2015).
    HeNormal,
    /// Uniform within ± sqrt(6 / fan-in) (He et al., 2015).
    HeUniform,
    /// All zero.
    Zeros,
}

/// The standard deviation of a standard normal distribution that is cut off at two standard deviations.
const TRUNCATED_STD: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// A new kernel, drawn row by row.
    pub(super) fn draw(self, shape: &[usize], fan_in: usize, fan_out: usize, rng: &mut RandomState) -> ArrayD<f32> {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        match self {
            Initializer::GlorotNormal => truncated_normal(shape, (2.0 / (fan_in + fan_out)).sqrt(), rng),
            Initializer::GlorotUniform => uniform(shape, (6.0 / (fan_in + fan_out)).sqrt(), rng),
            Initializer::HeNormal => truncated_normal(shape, (2.0 / fan_in).sqrt(), rng),
            Initializer::HeUniform => uniform(shape, (6.0 / fan_in).sqrt(), rng),
            Initializer::Zeros => ArrayD::zeros(shape),
        }
    }
}

fn uniform(shape: &[usize], limit: f64, rng: &mut RandomState) -> ArrayD<f32> {
    ArrayD::from_shape_simple_fn(shape, || (limit * (2.0 * rng.random_sample() - 1.0)) as f32)
}

/// Normal numbers of standard deviation `std`, after those beyond two standard deviations are drawn anew.
fn truncated_normal(shape: &[usize], std: f64, rng: &mut RandomState) -> ArrayD<f32> {
    ArrayD::from_shape_simple_fn(shape, || {
        loop {
            let sample = rng.standard_normal();
            if sample.abs() <= 2.0 {
                return (std / TRUNCATED_STD * sample) as f32;
            }
        }
    })
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
