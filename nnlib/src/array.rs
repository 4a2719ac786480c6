//! Array types and shape conventions.
//!
//! Every function of the library keeps to these, and says so nowhere else:
//!
//! | what | shape |
//! |---|---|
//! | a batch of inputs | `(N, D)`: a row a sample |
//! | a batch of images | `(N, C, H, W)`; flattened grey images are `(N, H * W)`, row by row |
//! | weights of an affine layer | `(D, M)`: a column an output, so that `scores = x.dot(&w) + &b` |
//! | biases | `(M,)` |
//! | the input of a layer | `(N, d_1, ..., d_k)`: affine layers see `(N, D)`, `D = d_1 * ... * d_k` |
//! | convolution filters | `(F, C, HH, WW)` |
//! | labels | `(N,)`, class numbers from 0 |
//!
//! `N` samples, `D` inputs, `M` outputs or classes, `C` channels, `H` rows and `W` columns of pixels.

use ndarray::{Array1, Array2};

/// A matrix of `f64`.
pub type Matrix = Array2<f64>;
/// A vector of `f64`.
pub type Vector = Array1<f64>;

/// Panics with the function, what it got and what it expected, at the caller's line.
///
/// The commonest mistake in a neural network is a shape that does not fit; the message is meant to be enough to mend it.
#[track_caller]
pub(crate) fn expect_shape(function: &str, argument: &str, got: &[usize], expected: &[usize], why: &str) {
    assert!(got == expected, "{function}: `{argument}` has shape {got:?}, expected {expected:?} ({why})");
}

/// A shape as NumPy writes it: `(3, 2)`, `(2,)`, `()`.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
