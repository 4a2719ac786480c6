//! Labels as rows of a unit matrix.

use ndarray::{Array1, Array2};

/// The rows of the unit matrix with these numbers, `(N, num_classes)`: row `i` is 1 in column `labels[i]` and 0
/// elsewhere, as `np.eye(num_classes)[labels]`. In `f32`, for training in single precision; [`one_hot_f64`] has `f64`.
///
/// # Panics
///
/// If a label is not below `num_classes`; the message names its row.
///
/// ```
/// use nnlib::data::one_hot;
/// use nnlib::ndarray::array;
///
/// assert_eq!(one_hot(&array![2, 0], 3), array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// ```
#[track_caller]
pub fn one_hot(labels: &Array1<usize>, num_classes: usize) -> Array2<f32> {
    expect_classes("one_hot", labels, num_classes);
    let mut rows = Array2::zeros((labels.len(), num_classes));
    for (row, &label) in labels.iter().enumerate() {
        rows[[row, label]] = 1.0;
    }
    rows
}

/// As [`one_hot`], in `f64`.
///
/// # Panics
///
/// As [`one_hot`].
#[track_caller]
pub fn one_hot_f64(labels: &Array1<usize>, num_classes: usize) -> Array2<f64> {
    expect_classes("one_hot_f64", labels, num_classes);
    one_hot(labels, num_classes).mapv(f64::from)
}

#[track_caller]
fn expect_classes(function: &str, labels: &Array1<usize>, num_classes: usize) {
    if let Some(row) = labels.iter().position(|&label| label >= num_classes) {
        panic!(
            "{function}: `labels` has {} in row {row}, expected labels below {num_classes} (`num_classes`)",
            labels[row]
        );
    }
}
