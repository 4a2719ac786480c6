//! Arrays as the matrices that layers multiply.

use ndarray::{Array1, ArrayD, ArrayView1, ArrayView2, CowArray, Ix2};

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

/// `array`, which has one axis, as a vector.
pub(super) fn as_vector(array: &ArrayD<f64>) -> ArrayView1<'_, f64> {
    array.view().into_dimensionality().expect("callers have checked that there is one axis")
}

/// The sum of each column, from the first row to the last.
pub(super) fn column_sums(matrix: ArrayView2<f64>) -> Array1<f64> {
    let mut sums = Array1::zeros(matrix.ncols());
    matrix.rows().into_iter().for_each(|row| sums += &row);
    sums
}
