//! Matrix products in `f32`: the one place that [`crate::grad`] multiplies in.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};

/// `a.dot(b)`: `(N, D)` by `(D, M)` gives `(N, M)`, row by row in memory. Transposed views are as fast as others.
///
/// The shapes must fit; callers check and name them.
pub(crate) fn matmul(a: ArrayView2<f32>, b: ArrayView2<f32>) -> Array2<f32> {
    a.dot(&b)
}

/// `out = a.dot(b) + keep * out`, where `keep` is 0 or 1; with 0, what was in `out` does not matter.
pub(crate) fn matmul_into(a: ArrayView2<f32>, b: ArrayView2<f32>, keep: f32, mut out: ArrayViewMut2<f32>) {
    general_mat_mul(1.0, &a, &b, keep, &mut out);
}
