//! Networks as `(init, apply)` pairs: JAX's stax, and its optimizers, on [`crate::grad`].
//!
//! A [`Layer`] knows two things: how to draw its parameters, given the shape of its input (`init`), and how to compute
//! its output from parameters and input (`apply`). [`serial()`] makes one layer of several; a network is a layer.
//! Parameters are a value of their own, [`Params`], so that a loss is a function of them and
//! [`grad()`](crate::grad::grad()) differentiates it:
//!
//! ```
//! use nnlib::grad::{Tensor, grad};
//! use nnlib::ndarray::array;
//! use nnlib::rng::RandomState;
//! use nnlib::serial::optimizers;
//! use nnlib::serial::{Layer, Mode, Params, dense, log_softmax, serial, tanh};
//!
//! // Exclusive or: two inputs, two classes.
//! let inputs = Tensor::from(array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
//! let labels = array![0, 1, 1, 0];
//!
//! let net = serial(vec![dense(8), tanh(), dense(2), log_softmax()]);
//! let (output_shape, init_params) = net.init(&mut RandomState::new(0), &[2]);
//! assert_eq!(output_shape, [2]);
//!
//! let loss = {
//!     let (net, labels) = (net.clone(), labels.clone());
//!     move |params: &Params, inputs: &Tensor| -net.apply(params, inputs, Mode::Predict).pick(&labels).mean()
//! };
//! let optimizer = optimizers::momentum(0.1, 0.9);
//! let mut state = optimizer.init(init_params);
//! let grad_of_loss = grad(loss);
//! for step in 0..200 {
//!     let grads = grad_of_loss(state.params(), &inputs);
//!     state = optimizer.update(step, &grads, state);
//! }
//! let log_probs = net.apply(state.params(), &inputs, Mode::Predict);
//! assert_eq!(log_probs.argmax_axis(1), labels);
//! ```
//!
//! | stax | here |
//! |---|---|
//! | `stax.serial(a, b, c)` | `serial(vec![a, b, c])` |
//! | `Dense(10)`, `Flatten`, `Relu`, `Tanh`, `Sigmoid`, `LogSoftmax` | `dense(10)`, `flatten()`, `relu()`, … |
//! | `Conv(32, (3, 3))`, with strides and padding | `conv(32, (3, 3))`, [`conv_with`] |
//! | `MaxPool((2, 2), strides=(2, 2))`, with padding | `max_pool((2, 2), (2, 2))`, [`max_pool_with`] |
//! | `Dropout(0.75)`: the fraction **kept** | `dropout(0.25)`: the fraction **dropped** |
//! | `elementwise(fun)` | [`elementwise`] |
//! | `init_fun(rng, (-1, 28, 28, 1))` | `net.init(&mut rng, &[1, 28, 28])`: the shape of **one** sample |
//! | `apply_fun(params, inputs)` | `net.apply(&params, &inputs, Mode::Predict)` |
//! | `apply_fun(params, inputs, rng=key)` | `net.apply(&params, &inputs, Mode::Train { seed })` |
//!
//! Images are (N, C, H, W), as in all of nnlib; stax's are (N, H, W, C). So [`flatten`] lists an image's numbers
//! channel by channel.
//!
//! Source: JAX, `jax.example_libraries.stax` and `jax.example_libraries.optimizers`.

mod code;
mod dropout;
mod layer;
pub mod optimizers;
mod params;
mod shape;

pub use code::Size;
pub use layer::{
    Layer, Mode, conv, conv_with, dense, dropout, elementwise, flatten, log_softmax, max_pool, max_pool_with, relu,
    serial, sigmoid, tanh,
};
pub use params::Params;
