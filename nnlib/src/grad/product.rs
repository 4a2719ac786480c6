//! Products of matrices.

use super::Tensor;
use super::tape::{record, record_one};
use super::tensor::standard_layout;
use crate::matmul::matmul;
use ndarray::{ArrayD, ArrayView2, Ix2};
use std::sync::Arc;

fn view(array: &ArrayD<f32>) -> ArrayView2<'_, f32> {
    array.view().into_dimensionality::<Ix2>().expect("two axes")
}

/// Products of matrices.
impl Tensor {
    /// The matrix product: `(N, D)` by `(D, M)` gives `(N, M)`.
    ///
    /// The gradients are `dx = dout · wᵀ` and `dw = xᵀ · dout`; neither is computed for a constant.
    ///
    /// # Panics
    ///
    /// If an operand has not two axes, or the inner lengths differ.
    #[track_caller]
    pub fn dot(&self, w: &Tensor) -> Tensor {
        let (x, weights) = (self.matrix("dot", "self"), w.matrix("dot", "w"));
        let (inner, expected) = (weights.nrows(), x.ncols());
        assert!(
            inner == expected,
            "dot: `w` has shape {:?}, expected [{expected}, M] ({expected} columns in `self`, {:?})",
            w.shape(),
            self.shape()
        );
        let product = Arc::new(matmul(x, weights).into_dyn());
        let kept_x = w.place.is_some().then(|| Arc::clone(&self.value));
        let kept_w = self.place.is_some().then(|| Arc::clone(&w.value));
        record("dot", [&self.place, &w.place], product, move |gradient, [x, w], gradients| {
            if let (Some(w), Some(kept_x)) = (w, kept_x) {
                gradients.add(w, matmul(view(&kept_x).reversed_axes(), view(&gradient)).into_dyn());
            }
            if let (Some(x), Some(kept_w)) = (x, kept_w) {
                gradients.add(x, matmul(view(&gradient), view(&kept_w).reversed_axes()).into_dyn());
            }
        })
    }

    /// The axes in reverse order: rows become columns.
    pub fn transpose(&self) -> Tensor {
        let transposed = |array: &ArrayD<f32>| standard_layout(array.t().to_owned());
        record_one("transpose", self, Arc::new(transposed(&self.value)), move |gradient| transposed(&gradient))
    }
}
