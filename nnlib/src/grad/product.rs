//! Products of matrices.

use super::Tensor;
use super::broadcast::{sum_to, zip_into};
use super::layout::rows;
use super::tape::{record, record_one};
use super::tensor::standard_layout;
use crate::matmul::{affine, matmul};
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

    /// `self.dot(w) + b`, `relu` taken of the sum: what a layer does, with the outputs in cache. `b` is `(M,)`.
    ///
    /// # Panics
    ///
    /// As [`dot`](Self::dot), and if `b` has not M entries.
    #[track_caller]
    pub(crate) fn affine(&self, w: &Tensor, b: &Tensor, relu: bool) -> Tensor {
        let (x, weights, biases) = (self.matrix("affine", "self"), w.matrix("affine", "w"), rows(&b.value));
        let out = Arc::new(affine(x, weights, &biases, relu).into_dyn());
        let kept_x = w.place.is_some().then(|| Arc::clone(&self.value));
        let kept_w = self.place.is_some().then(|| Arc::clone(&w.value));
        let kept_out = relu.then(|| Arc::clone(&out));
        let bias_shape = b.shape().to_vec();
        record("affine", [&self.place, &w.place, &b.place], out, move |dout, [x, w, b], gradients| {
            let dsum = match kept_out {
                Some(out) => zip_into(dout, &out, |dy, y| if y > 0.0 { dy } else { 0.0 }),
                None => dout,
            };
            if let Some(b) = b {
                gradients.add(b, sum_to(&dsum, &bias_shape));
            }
            if let (Some(w), Some(kept_x)) = (w, kept_x) {
                gradients.add(w, matmul(view(&kept_x).reversed_axes(), view(&dsum)).into_dyn());
            }
            if let (Some(x), Some(kept_w)) = (x, kept_w) {
                gradients.add(x, matmul(view(&dsum), view(&kept_w).reversed_axes()).into_dyn());
            }
        })
    }

    /// The axes in reverse order: rows become columns.
    pub fn transpose(&self) -> Tensor {
        let transposed = |array: &ArrayD<f32>| standard_layout(array.t().to_owned());
        record_one("transpose", self, Arc::new(transposed(&self.value)), move |gradient| transposed(&gradient))
    }
}
