//! The affine layer, also called dense or fully connected.

use super::matrices::{as_matrix, as_rows, column_sums};
use crate::array::expect_shape;
use crate::matmul::{affine, matmul};
use ndarray::ArrayD;

/// What [`affine_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct AffineCache {
    /// The input, `(N, d_1, ..., d_k)`.
    pub x: ArrayD<f64>,
    /// The weights, `(D, M)`.
    pub w: ArrayD<f64>,
}

/// An affine map of each sample: `out = rows(x) w + b`, `(N, M)`.
///
/// `x` is `(N, d_1, ..., d_k)` and each of its N samples is read as a row of `D = d_1 * ... * d_k` numbers; `w` is
/// `(D, M)` and `b` is `(M,)`.
///
/// ```
/// use nnlib::layers::affine_forward;
/// use nnlib::ndarray::array;
///
/// let x = array![[1.0, 2.0]].into_dyn();
/// let w = array![[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]].into_dyn();
/// let b = array![0.0, 10.0, 0.0].into_dyn();
/// let (out, _cache) = affine_forward(&x, &w, &b);
/// assert_eq!(out, array![[1.0, 12.0, 11.0]].into_dyn());
/// ```
///
/// # Panics
///
/// If the shapes do not fit each other.
#[track_caller]
pub fn affine_forward(x: &ArrayD<f64>, w: &ArrayD<f64>, b: &ArrayD<f64>) -> (ArrayD<f64>, AffineCache) {
    (outputs(x, w, b, false), AffineCache { x: x.clone(), w: w.clone() })
}

/// [`affine_forward`] without a cache, and with `relu` the larger of each output and 0.
#[track_caller]
pub(crate) fn outputs(x: &ArrayD<f64>, w: &ArrayD<f64>, b: &ArrayD<f64>, relu: bool) -> ArrayD<f64> {
    assert!(x.ndim() > 0, "affine_forward: `x` has shape [], expected (N, d_1, ..., d_k)");
    let sizes = &x.shape()[1..];
    let num_inputs: usize = sizes.iter().product();
    assert!(
        w.ndim() == 2 && w.shape()[0] == num_inputs,
        "affine_forward: `w` has shape {:?}, expected [{num_inputs}, M] (D is {} from `x`)",
        w.shape(),
        if sizes.is_empty() {
            "1".to_owned()
        } else {
            sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" * ")
        }
    );
    expect_shape("affine_forward", "b", b.shape(), &[w.shape()[1]], "a bias for each column of `w`");
    let b = b.as_standard_layout();
    affine(as_rows(x).view(), as_matrix(w), b.as_slice().expect("row by row"), relu).into_dyn()
}

/// The gradients of [`affine_forward`], `(dx, dw, db)`, from `dout`, the loss's gradient with respect to its output.
///
/// ```text
/// dx = dout wᵀ          the shape of x
/// dw = rows(x)ᵀ dout    (D, M)
/// db = Σ_n dout_n       (M,)
/// ```
///
/// # Panics
///
/// If `dout` has not the shape of the layer's output, `(N, M)`.
#[track_caller]
pub fn affine_backward(dout: &ArrayD<f64>, cache: &AffineCache) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    let AffineCache { x, w } = cache;
    let expected = [x.shape()[0], w.shape()[1]];
    expect_shape("affine_backward", "dout", dout.shape(), &expected, "the shape of the layer's output");
    let (dw, db) = parameter_gradients(dout, x);
    (input_gradient(dout, w, x.shape()), dw, db)
}

/// The gradient with respect to inputs of the shape `shape`, from `dout`, `(N, M)`, and the weights.
pub(crate) fn input_gradient(dout: &ArrayD<f64>, w: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    let dx = matmul(as_matrix(dout), as_matrix(w).reversed_axes());
    dx.into_shape_with_order(shape).expect("a row of `dx` holds as many numbers as a sample of `x`")
}

/// The gradients with respect to weights and biases, `(dw, db)`, from `dout`, `(N, M)`, and the inputs.
pub(crate) fn parameter_gradients(dout: &ArrayD<f64>, x: &ArrayD<f64>) -> (ArrayD<f64>, ArrayD<f64>) {
    let dout = as_matrix(dout);
    (matmul(as_rows(x).t(), dout).into_dyn(), column_sums(dout).into_dyn())
}
