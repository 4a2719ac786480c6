//! Arrays as the matrices that layers multiply.

use ndarray::{ArrayD, ArrayView2, CowArray, Ix2};

/// `x`, `(N, d_1, ..., d_k)`, as a matrix with a row a sample, `(N, D)`: a view where `x` lies row by row in memory.
pub(super) fn as_rows(x: &ArrayD<f64>) -> CowArray<'_, f64, Ix2> {
    let num_samples = x.shape()[0];
    let num_inputs: usize = x.shape()[1..].iter().product();
    x.to_shape((num_samples, num_inputs)).expect("rows hold as many numbers as `x`")
}

/// `array`, which has two axes, as a matrix.
pub(super) fn as_matrix(array: &ArrayD<f64>) -> ArrayView2<'_, f64> {
    array.view().into_dimensionality().expect("callers have checked that there are two axes")
}
