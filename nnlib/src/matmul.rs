//! Matrix products in `f32`: the one place that [`crate::grad`] multiplies in.

use ndarray::{Array2, ArrayView2};

/// `a.dot(b)`: `(N, D)` by `(D, M)` gives `(N, M)`, row by row in memory. Transposed views are as fast as others.
///
/// The shapes must fit; callers check and name them.
pub(crate) fn matmul(a: ArrayView2<f32>, b: ArrayView2<f32>) -> Array2<f32> {
    a.dot(&b)
}
