//! Products of matrices.

use super::Tensor;
use super::broadcast::{sum_to, zip_into};
use super::layout::rows;
use super::tape::{Gradients, record, record_one};
use super::tensor::standard_layout;
use super::value::{Value, matrix};
use crate::matmul::{affine, matmul};
use ndarray::ArrayD;
use std::sync::Arc;

/// What the gradients of a product `x w` are computed from: each factor, if the other one asks for its gradient.
struct Factors {
    x: Option<Arc<ArrayD<f32>>>,
    w: Option<Arc<ArrayD<f32>>>,
}

impl Factors {
    fn of(x: &Tensor, w: &Tensor) -> Factors {
        Factors { x: w.place.is_some().then(|| x.value.share()), w: x.place.is_some().then(|| w.value.share()) }
    }

    /// `dx = dout wᵀ` and `dw = xᵀ dout`, for those that ask.
    fn add_gradients(self, dout: ArrayD<f32>, [to_x, to_w]: [Option<usize>; 2], gradients: &mut Gradients) {
        if let (Some(to_x), Some(w)) = (to_x, &self.w) {
            gradients.add(to_x, matmul(matrix(&dout), matrix(w).reversed_axes()).into_dyn());
        }
        if let (Some(to_w), Some(x)) = (to_w, self.x) {
            gradients.add(to_w, Value::product(x, Arc::new(dout)));
        }
    }
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
        let factors = Factors::of(self, w);
        record("dot", [&self.place, &w.place], product, move |gradient, [x, w], gradients| {
            factors.add_gradients(gradient, [x, w], gradients);
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
        let factors = Factors::of(self, w);
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
            factors.add_gradients(dsum, [x, w], gradients);
        })
    }

    /// The axes in reverse order: rows become columns.
    pub fn transpose(&self) -> Tensor {
        let transposed = |array: &ArrayD<f32>| standard_layout(array.t().to_owned());
        record_one("transpose", self, Arc::new(transposed(&self.value)), move |gradient| transposed(&gradient))
    }
}
