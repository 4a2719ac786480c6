//! Layers: a forward and a backward function each, in `f64`.
//!
//! A forward function takes the input, then the parameters, and returns the output and a cache:
//!
//! ```text
//! out = f(x, w)
//! ```
//!
//! The backward function takes `dout`, the gradient of the loss L with respect to that output, and the cache, and returns
//! the gradients with respect to everything that the forward function took, in the same order. By the chain rule, summed
//! over the entries k of the output:
//!
//! ```text
//! dx = dL/dx = Σ_k dout_k d(out_k)/dx        dw = dL/dw = Σ_k dout_k d(out_k)/dw
//! ```
//!
//! So layers are put together by handing on outputs, and gradients in reverse. Arrays are of dynamic rank, [`ArrayD`],
//! since a layer takes samples of any shape; `array.into_dyn()` makes one.
//!
//! ```
//! use nnlib::layers::{affine_backward, affine_forward, relu_backward, relu_forward};
//! use nnlib::rng::RandomState;
//!
//! let mut rng = RandomState::new(231);
//! let x = rng.randn((2, 3, 4)).into_dyn(); // two samples of 3 x 4 numbers
//! let (w, b) = (rng.randn((12, 10)).into_dyn(), rng.randn(10).into_dyn());
//!
//! let (scores, affine_cache) = affine_forward(&x, &w, &b);
//! let (out, relu_cache) = relu_forward(&scores);
//!
//! let dout = rng.randn((2, 10)).into_dyn();
//! let dscores = relu_backward(&dout, &relu_cache);
//! let (dx, dw, db) = affine_backward(&dscores, &affine_cache);
//! assert_eq!(out.shape(), [2, 10]);
//! assert_eq!((dx.shape(), dw.shape(), db.shape()), (x.shape(), w.shape(), b.shape()));
//! ```
//!
//! [`ArrayD`]: ndarray::ArrayD

mod activations;
mod affine;
mod batchnorm;
mod conv;
mod dropout;
mod flatten;
mod matrices;
mod mode;
mod pool;
mod sandwich;
mod window;

#[cfg(feature = "models")]
pub(crate) use activations::relu_gradient;
pub use activations::{
    ReluCache, SigmoidCache, TanhCache, relu_backward, relu_forward, sigmoid_backward, sigmoid_forward, tanh_backward,
    tanh_forward,
};
pub use affine::{AffineCache, affine_backward, affine_forward};
#[cfg(feature = "models")]
pub(crate) use affine::{input_gradient, outputs, parameter_gradients};
pub use batchnorm::{BatchNormCache, BatchNormParam, batchnorm_backward, batchnorm_forward};
pub use conv::{ConvCache, conv_backward, conv_forward};
pub use dropout::{DropoutCache, dropout_backward, dropout_forward};
pub use flatten::{FlattenCache, flatten_backward, flatten_forward};
pub use mode::Mode;
pub use pool::{MaxPoolCache, max_pool_backward, max_pool_forward};
pub use sandwich::{
    AffineBatchNormReluCache, AffineBatchNormReluGradients, AffineReluCache, affine_batchnorm_relu_backward,
    affine_batchnorm_relu_forward, affine_relu_backward, affine_relu_forward,
};
pub use window::Padding;
