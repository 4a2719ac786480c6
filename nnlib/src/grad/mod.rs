//! Reverse-mode automatic differentiation over `f32` arrays.
//!
//! A loss is an ordinary function from parameters and a batch to one number, made of operations on [`Tensor`]s.
//! [`grad()`] turns it into the function that computes its gradient, and [`value_and_grad`] returns both:
//!
//! ```
//! use nnlib::grad::{Tensor, value_and_grad};
//! use nnlib::ndarray::array;
//!
//! // A linear model, and its mean squared error on a batch of inputs and targets.
//! fn loss((w, b): &(Tensor, Tensor), (inputs, targets): &(Tensor, Tensor)) -> Tensor {
//!     let predictions = inputs.dot(w) + b;
//!     (predictions - targets).square().mean()
//! }
//!
//! let batch = (Tensor::from(array![[0.0], [1.0], [2.0]]), Tensor::from(array![[1.0], [3.0], [5.0]]));
//! let mut params = (Tensor::zeros(&[1, 1]), Tensor::zeros(&[1]));
//! let value_and_grad_of_loss = value_and_grad(loss);
//! for _ in 0..500 {
//!     let (_value, (dw, db)) = value_and_grad_of_loss(&params, &batch);
//!     params = (&params.0 - 0.2 * dw, &params.1 - 0.2 * db);
//! }
//! assert!((params.0.item() - 2.0).abs() < 1e-4 && (params.1.item() - 1.0).abs() < 1e-4);
//! ```
//!
//! # How it works
//!
//! Let the loss be computed in steps, `y = f(x)` each. While it runs, every step whose input depends on a parameter is
//! written to a tape, with the arrays that its derivative needs. Then the tape is walked back: from the gradient `dy`
//! of the loss with respect to a step's output comes that with respect to its input, `dx = dy · ∂f/∂x` (the chain
//! rule), and the gradients of all uses of one tensor add up. So all gradients together cost about twice what the loss
//! costs, however many parameters there are. A step's arrays are freed as the walk passes it.
//!
//! The tape belongs to one call and is reachable from its tensors alone. What depends on no parameter is not written.
//!
//! Source: A. Griewank and A. Walther, *Evaluating Derivatives* (2nd edition, 2008), chapter 3.
//!
//! # What it does not do
//!
//! Gradients are constants: there are no gradients of gradients. Tensors are never changed in place.

mod broadcast;
mod convolution;
mod differentiate;
mod elementwise;
mod implicit_gemm;
mod layout;
mod operators;
mod pooling;
mod product;
mod reduction;
mod tanh;
mod tape;
mod tensor;
mod tree;
mod value;
mod window;

pub use differentiate::{GradFn, ValueAndGradFn, grad, gradient_at, value_and_grad};
pub use tensor::Tensor;
#[cfg(feature = "serial")]
pub(crate) use tree::expect_same_shapes;
pub use tree::{Tree, tree_map};
pub use window::Padding;
pub(crate) use window::output_len;
