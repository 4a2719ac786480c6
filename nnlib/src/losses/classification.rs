//! Losses of scores for classes.

use ndarray::{Array1, ArrayD, ArrayView1, Axis, Ix1, Ix2};

/// The softmax of the scores and the mean cross-entropy, with the gradient with respect to the scores: `(loss, dx)`.
///
/// `x` is `(N, C)`, a score for each sample and class; `y` is `(N,)`, the right classes.
///
/// ```text
/// p_nc = exp(x_nc) / Σ_l exp(x_nl)
/// loss = -1/N Σ_n ln p_{n, y_n}
/// dx   = (p - onehot(y)) / N
/// ```
///
/// Each row's largest score is taken off first, which changes no probability, and the logarithm is taken of the sum, not
/// of a quotient that may have become 0: the loss of any finite scores is finite.
///
/// ```
/// use nnlib::losses::softmax_loss;
/// use nnlib::ndarray::array;
///
/// let (loss, dx) = softmax_loss(&array![[1.0, 1.0], [1.0, 1.0]].into_dyn(), &array![0, 1]);
/// assert_eq!(loss, 2.0_f64.ln());
/// assert_eq!(dx, array![[-0.25, 0.25], [0.25, -0.25]].into_dyn());
/// ```
///
/// # Panics
///
/// If the shapes do not fit each other, there is no sample, or a label is not below `C`.
#[track_caller]
pub fn softmax_loss(x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, ArrayD<f64>) {
    check("softmax_loss", x, y);
    let num_samples = y.len() as f64;
    let mut loss = 0.0;
    let mut dx = x.clone().into_dimensionality::<Ix2>().expect("two axes, as checked");
    for (mut row, &label) in dx.rows_mut().into_iter().zip(y) {
        let max = row.fold(f64::NEG_INFINITY, |max, &score| max.max(score));
        row.mapv_inplace(|score| score - max);
        let right = row[label];
        row.mapv_inplace(f64::exp);
        let sum = row.sum();
        loss += sum.ln() - right;
        row /= sum * num_samples;
        row[label] -= 1.0 / num_samples;
    }
    (loss / num_samples, dx.into_dyn())
}

/// The multi-class hinge loss, with the gradient with respect to the scores: `(loss, dx)`.
///
/// `x` is `(N, C)`, a score for each sample and class; `y` is `(N,)`, the right classes. A class costs as much as its
/// score comes within 1 of the right one's, or exceeds it:
///
/// ```text
/// loss = 1/N Σ_n Σ_{c ≠ y_n} max(0, x_nc - x_{n, y_n} + 1)
/// dx   = 1/N for each class that costs, and minus their number / N for the right one
/// ```
///
/// Source: J. Weston and C. Watkins, *Support vector machines for multi-class pattern recognition* (1999).
///
/// ```
/// use nnlib::losses::svm_loss;
/// use nnlib::ndarray::array;
///
/// let (loss, dx) = svm_loss(&array![[3.0, 2.5, -4.0]].into_dyn(), &array![0]);
/// assert_eq!(loss, 0.5);
/// assert_eq!(dx, array![[-1.0, 1.0, 0.0]].into_dyn());
/// ```
///
/// # Panics
///
/// As [`softmax_loss`].
#[track_caller]
pub fn svm_loss(x: &ArrayD<f64>, y: &Array1<usize>) -> (f64, ArrayD<f64>) {
    check("svm_loss", x, y);
    let num_samples = y.len() as f64;
    let mut loss = 0.0;
    let mut dx = ArrayD::zeros(x.raw_dim());
    for ((scores, mut row), &label) in x.axis_iter(Axis(0)).zip(dx.axis_iter_mut(Axis(0))).zip(y) {
        let scores: ArrayView1<f64> = scores.into_dimensionality::<Ix1>().expect("a row has one axis");
        for (class, &score) in scores.indexed_iter() {
            let margin = score - scores[label] + 1.0;
            // So written that a NaN counts, and shows in the loss.
            if class == label || margin <= 0.0 {
                continue;
            }
            loss += margin;
            row[[class]] += 1.0 / num_samples;
            row[[label]] -= 1.0 / num_samples;
        }
    }
    (loss / num_samples, dx)
}

#[track_caller]
fn check(function: &str, x: &ArrayD<f64>, y: &Array1<usize>) {
    assert!(
        x.ndim() == 2 && !x.is_empty(),
        "{function}: `x` has shape {:?}, expected (N, C) with at least one sample and one class",
        x.shape()
    );
    crate::array::expect_shape(function, "y", y.shape(), &x.shape()[..1], "a label for each row of `x`");
    let num_classes = x.shape()[1];
    if let Some((index, label)) = y.indexed_iter().find(|(_, label)| **label >= num_classes) {
        panic!("{function}: `y[{index}]` is {label}, expected labels below {num_classes}, the columns of `x`");
    }
}
