//! Losses and their gradients, in `f64`.
//!
//! A loss takes a batch of scores or predictions `x`, and what they should be, `y`. It returns one number, the mean over
//! the N samples of the batch, and its gradient with respect to `x`, with which the backward passes of the
//! [`layers`](crate::layers) begin:
//!
//! ```text
//! loss = 1/N Σ_n L(x_n, y_n)        dx = d loss / dx
//! ```
//!
//! ```
//! use nnlib::losses::softmax_loss;
//! use nnlib::ndarray::{Array, array};
//!
//! // No score stands out: each of ten classes has probability 1/10.
//! let (loss, dx) = softmax_loss(&Array::zeros((2, 10)).into_dyn(), &array![3, 7]);
//! assert!((loss - 10.0_f64.ln()).abs() < 1e-12);
//! assert!((dx[[0, 3]] + 0.45).abs() < 1e-12 && (dx[[0, 4]] - 0.05).abs() < 1e-12);
//! ```

mod classification;
mod regression;

pub use classification::{softmax_loss, svm_loss};
pub use regression::{mse_loss, sigmoid_cross_entropy_loss};
