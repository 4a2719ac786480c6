//! A batch through the layers.

use ndarray::{ArrayD, ArrayView1, Axis};

use crate::grad::Tensor;

use super::activation_function::ActivationFunction;
use super::layers::Pass;
use super::model::Entry;
use super::targets::Batch;

/// A weight that a layer has asked to set: the number of the layer, that of the weight, and its value.
pub(super) type Update = (usize, usize, ArrayD<f32>);

/// The outputs of the last layer before its activation, `(N, M)`, for the batch `x`; and what the layers asked to set.
///
/// `weights` are those of each layer, in its order.
pub(super) fn forward(layers: &[Entry], weights: &[Vec<Tensor>], x: Tensor, pass: &mut Pass) -> (Tensor, Vec<Update>) {
    let mut updates = Vec::new();
    let mut x = x;
    for (index, (entry, weights)) in layers.iter().zip(weights).enumerate() {
        let is_last = index + 1 == layers.len();
        x = if is_last { entry.layer.forward(&x, weights, pass) } else { entry.layer.activated(&x, weights, pass) };
        updates.extend(pass.take_updates().into_iter().map(|(weight, value)| (index, weight, value)));
    }
    (x, updates)
}

/// How many rows of `z`, `(N, M)`, outputs before the `activation`, predict the class of their target.
pub(super) fn count_right(z: &ArrayD<f32>, activation: ActivationFunction, targets: &Batch) -> usize {
    let predicted = classes(z, activation);
    match targets {
        Batch::Labels(labels) => predicted.into_iter().zip(labels).filter(|&(class, &label)| class == label).count(),
        Batch::Rows(rows) if rows.shape()[1] == 1 => {
            predicted.into_iter().zip(rows).filter(|&(class, &target)| class as f32 == target).count()
        }
        Batch::Rows(rows) => {
            predicted.into_iter().zip(rows.lanes(Axis(1))).filter(|&(class, row)| class == argmax(row)).count()
        }
    }
}

/// The class that each row of `z` predicts: that of its largest output, or, where there is but one, 1 above 0.5.
pub(super) fn classes(z: &ArrayD<f32>, activation: ActivationFunction) -> Vec<usize> {
    let rows = z.lanes(Axis(1)).into_iter();
    if z.shape()[1] > 1 {
        return rows.map(argmax).collect();
    }
    rows.map(|row| usize::from(activation.apply(Tensor::from(row.to_owned())).value()[0] > 0.5)).collect()
}

/// The place of the largest number; of several, the first.
fn argmax(row: ArrayView1<f32>) -> usize {
    let mut largest = 0;
    for (index, &value) in row.iter().enumerate() {
        if value > row[largest] {
            largest = index;
        }
    }
    largest
}
