//! Sandwiches: layers that mostly come together, as one.

use super::activations::{ReluCache, relu_backward, relu_forward};
use super::affine::{AffineCache, affine_backward, affine_forward};
use super::batchnorm::{BatchNormCache, BatchNormParam, batchnorm_backward, batchnorm_forward};
use crate::array::expect_shape;
use ndarray::ArrayD;

/// What [`affine_relu_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct AffineReluCache {
    /// Of the affine layer.
    pub affine: AffineCache,
    /// Of the rectifier.
    pub relu: ReluCache,
}

/// What [`affine_batchnorm_relu_backward`] needs of the forward pass.
#[derive(Clone, Debug)]
pub struct AffineBatchNormReluCache {
    /// Of the affine layer.
    pub affine: AffineCache,
    /// Of the batch normalization.
    pub batchnorm: BatchNormCache,
    /// Of the rectifier.
    pub relu: ReluCache,
}

/// The gradients of [`affine_batchnorm_relu_forward`], in the order of its arguments.
#[derive(Clone, Debug)]
pub struct AffineBatchNormReluGradients {
    /// With respect to the input, of its shape.
    pub dx: ArrayD<f64>,
    /// With respect to the weights, `(D, M)`.
    pub dw: ArrayD<f64>,
    /// With respect to the biases, `(M,)`: 0 but for rounding when training, since the mean that is taken off takes the
    /// bias with it.
    pub db: ArrayD<f64>,
    /// With respect to the scale, `(M,)`.
    pub dgamma: ArrayD<f64>,
    /// With respect to the shift, `(M,)`.
    pub dbeta: ArrayD<f64>,
}

/// [`affine_forward`], then [`relu_forward`]: `out = max(rows(x) w + b, 0)`, `(N, M)`.
///
/// # Panics
///
/// If the shapes do not fit each other.
#[track_caller]
pub fn affine_relu_forward(x: &ArrayD<f64>, w: &ArrayD<f64>, b: &ArrayD<f64>) -> (ArrayD<f64>, AffineReluCache) {
    let (scores, affine) = affine_forward(x, w, b);
    let (out, relu) = relu_forward(&scores);
    (out, AffineReluCache { affine, relu })
}

/// The gradients of [`affine_relu_forward`], `(dx, dw, db)`, from `dout`, `(N, M)`.
///
/// # Panics
///
/// If `dout` has not the shape of the output.
#[track_caller]
pub fn affine_relu_backward(dout: &ArrayD<f64>, cache: &AffineReluCache) -> (ArrayD<f64>, ArrayD<f64>, ArrayD<f64>) {
    let expected = cache.relu.x.shape();
    expect_shape("affine_relu_backward", "dout", dout.shape(), expected, "the shape of the output");
    affine_backward(&relu_backward(dout, &cache.relu), &cache.affine)
}

/// [`affine_forward`], then [`batchnorm_forward`], then [`relu_forward`]: `(N, M)`.
///
/// `x` is `(N, d_1, ..., d_k)`, `w` is `(D, M)`, and `b`, `gamma` and `beta` are `(M,)`.
///
/// # Panics
///
/// As the three layers do.
#[track_caller]
pub fn affine_batchnorm_relu_forward(
    x: &ArrayD<f64>,
    w: &ArrayD<f64>,
    b: &ArrayD<f64>,
    gamma: &ArrayD<f64>,
    beta: &ArrayD<f64>,
    bn_param: &mut BatchNormParam,
) -> (ArrayD<f64>, AffineBatchNormReluCache) {
    let (scores, affine) = affine_forward(x, w, b);
    let (normalized, batchnorm) = batchnorm_forward(&scores, gamma, beta, bn_param);
    let (out, relu) = relu_forward(&normalized);
    (out, AffineBatchNormReluCache { affine, batchnorm, relu })
}

/// The gradients of [`affine_batchnorm_relu_forward`] from `dout`, `(N, M)`.
///
/// # Panics
///
/// If `dout` has not the shape of the output.
#[track_caller]
pub fn affine_batchnorm_relu_backward(
    dout: &ArrayD<f64>,
    cache: &AffineBatchNormReluCache,
) -> AffineBatchNormReluGradients {
    let expected = cache.relu.x.shape();
    expect_shape("affine_batchnorm_relu_backward", "dout", dout.shape(), expected, "the shape of the output");
    let dnormalized = relu_backward(dout, &cache.relu);
    let (dscores, dgamma, dbeta) = batchnorm_backward(&dnormalized, &cache.batchnorm);
    let (dx, dw, db) = affine_backward(&dscores, &cache.affine);
    AffineBatchNormReluGradients { dx, dw, db, dgamma, dbeta }
}
