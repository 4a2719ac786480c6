//! Losses.

use ndarray::Array2;

use crate::grad::Tensor;

use super::activation_function::ActivationFunction;
use super::names::Named;
use super::targets::Batch;

/// What training makes small: a mean over the samples of a batch, of p, what the model predicts, and y, the target.
///
/// In Keras's words `"binary_crossentropy"`, `"categorical_crossentropy"`, `"mean_squared_error"` (also `"mse"`),
/// `"sparse_categorical_crossentropy"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The mean of -y ln p - (1 - y) ln(1 - p) over the outputs: for a last sigmoid, with targets from 0 to 1.
    BinaryCrossentropy,
    /// -Σ y_c ln p_c over the classes: for a last softmax, with one-hot rows `(N, M)` as targets.
    CategoricalCrossentropy,
    /// The mean of (p - y)² over the outputs.
    MeanSquaredError,
    /// -ln p_y: categorical crossentropy with labels `(N,)` as targets.
    SparseCategoricalCrossentropy,
}

/// Probabilities are kept this far from 0 and 1 before their logarithm is taken.
const EPSILON: f32 = 1e-7;

impl Loss {
    /// The name in Keras.
    pub fn name(self) -> &'static str {
        let (name, _) = Loss::ALL.iter().find(|(_, loss)| *loss == self).expect("every loss has a name");
        name
    }

    /// The mean loss of a batch, from the outputs `z` of the last layer, `(N, M)`, before its `activation`.
    ///
    /// After softmax and sigmoid, ln p is computed from z. After any other activation p is taken as it is, for classes
    /// divided by its sum, and kept within 1e-7 of 0 and 1.
    pub(super) fn of(self, z: &Tensor, activation: ActivationFunction, targets: &Batch) -> Tensor {
        match (self, targets) {
            (Loss::SparseCategoricalCrossentropy, Batch::Labels(labels)) => {
                -log_probabilities(z, activation).pick(labels).mean()
            }
            (Loss::SparseCategoricalCrossentropy, Batch::Rows(_)) => unreachable!("`Targets::expect_for` refuses them"),
            (Loss::CategoricalCrossentropy, targets) => {
                -(log_probabilities(z, activation) * rows(targets)).sum_axis(1).mean()
            }
            (Loss::BinaryCrossentropy, targets) => binary_crossentropy(z, activation, rows(targets)),
            (Loss::MeanSquaredError, targets) => (activation.apply(z.clone()) - rows(targets)).square().mean(),
        }
    }
}

/// Targets as a matrix; labels are its only column.
fn rows(targets: &Batch) -> Tensor {
    match targets {
        Batch::Rows(rows) => Tensor::from(rows.clone()),
        Batch::Labels(labels) => {
            let column = labels.iter().map(|&label| label as f32).collect();
            Tensor::from(Array2::from_shape_vec((labels.len(), 1), column).expect("a label a row"))
        }
    }
}

fn binary_crossentropy(z: &Tensor, activation: ActivationFunction, y: Tensor) -> Tensor {
    if activation == ActivationFunction::Sigmoid {
        // ln(1 + exp(z)) - z y, without the exponential of a large number.
        let magnitude = z.relu() + (-z).relu();
        return (z.relu() - z * y + ((-magnitude).exp() + 1.0).ln()).mean();
    }
    let p = clipped(activation.apply(z.clone()));
    -(p.ln() * &y + (1.0 - p).ln() * (1.0 - y)).mean()
}

/// ln p of each class, `(N, M)`.
fn log_probabilities(z: &Tensor, activation: ActivationFunction) -> Tensor {
    if activation == ActivationFunction::Softmax {
        return z.log_softmax(1);
    }
    let p = activation.apply(z.clone());
    let sum = p.sum_axis(1).reshape(&[p.shape()[0], 1]);
    clipped(p / sum).ln()
}

/// p, but no nearer to 0 or 1 than epsilon; there its gradient is 0.
fn clipped(p: Tensor) -> Tensor {
    let p = (p - EPSILON).relu() + EPSILON;
    &p - (&p - (1.0 - EPSILON)).relu()
}

impl Named for Loss {
    const KIND: &'static str = "loss";
    const ALL: &'static [(&'static str, Self)] = &[
        ("binary_crossentropy", Loss::BinaryCrossentropy),
        ("categorical_crossentropy", Loss::CategoricalCrossentropy),
        ("mean_squared_error", Loss::MeanSquaredError),
        ("mse", Loss::MeanSquaredError),
        ("sparse_categorical_crossentropy", Loss::SparseCategoricalCrossentropy),
    ];
}
