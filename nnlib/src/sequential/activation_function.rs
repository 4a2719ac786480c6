//! ActivationFunction functions.

use crate::grad::Tensor;

use super::names::Named;

/// What a layer applies to each of its outputs; in Keras's words `"linear"`, `"relu"`, `"sigmoid"`, `"softmax"`,
/// `"tanh"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActivationFunction {
    /// x, as it is.
    #[default]
    Linear,
    /// max(x, 0).
    Relu,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// exp(x_c) / Σ_k exp(x_k), over the classes of a row or the channels of a pixel.
    Softmax,
    /// The hyperbolic tangent.
    Tanh,
}

impl ActivationFunction {
    /// The activations of `x`, `(N, M)` or `(N, C, H, W)`, of the same shape.
    pub(super) fn apply(self, x: Tensor) -> Tensor {
        match self {
            ActivationFunction::Linear => x,
            ActivationFunction::Relu => x.relu(),
            ActivationFunction::Sigmoid => x.sigmoid(),
            ActivationFunction::Softmax => x.log_softmax(1).exp(),
            ActivationFunction::Tanh => x.tanh(),
        }
    }
}

impl Named for ActivationFunction {
    const KIND: &'static str = "activation";
    const ALL: &'static [(&'static str, Self)] = &[
        ("linear", ActivationFunction::Linear),
        ("relu", ActivationFunction::Relu),
        ("sigmoid", ActivationFunction::Sigmoid),
        ("softmax", ActivationFunction::Softmax),
        ("tanh", ActivationFunction::Tanh),
    ];
}
