//! Keras's `Sequential`: a stack of layers, compiled with a loss and an optimizer, fitted, evaluated.
//!
//! The model computes, layer by layer, z_l = f_l(a_{l-1}; w_l) and a_l = g_l(z_l) with the layer's activation g_l, from a
//! batch a_0 = x to the prediction p = a_L, and each training step moves the weights w against the gradient of the mean
//! loss over the batch, L(w) = 1/N Σ_i ℓ(p_i, y_i), in the way of its [optimizer](optimizers). Numbers are `f32` and
//! gradients come from [`grad`](crate::grad).
//!
//! ```
//! use nnlib::ndarray::{Array1, Array2};
//! use nnlib::sequential::{Dense, Dropout, FitOptions, Sequential, optimizers::Adam};
//!
//! // Two classes of points: inside and outside of a circle.
//! let x = nnlib::rng::RandomState::new(0).uniform(-1.0, 1.0, (400, 2));
//! let y: Array1<usize> = x.outer_iter().map(|p| usize::from(p[0] * p[0] + p[1] * p[1] < 0.5)).collect();
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(32).activation("relu").input_shape(&[2]));
//! model.add(Dropout::new(0.1));
//! model.add(Dense::new(2).activation("softmax"));
//! model.compile("sparse_categorical_crossentropy", Adam::new(0.01), &["accuracy"]);
//! println!("{}", model.summary());
//!
//! let history = model.fit(&x, &y, FitOptions { epochs: 30, verbose: 2, ..FitOptions::default() });
//! assert!(history["loss"][29] < history["loss"][0]);
//! assert!(model.evaluate(&x, &y).accuracy() > 0.9);
//! let p: Array2<f32> = model.predict(&x);
//! assert_eq!(p.dim(), (400, 2));
//! ```
//!
//! Names, defaults and formulas are those of Keras 3, with which the tests compare weights, losses and histories. What
//! is different:
//!
//! - Images are `(N, C, H, W)`, while Keras's default is channels last, `(N, H, W, C)`. The numbers of parameters are the
//!   same; kernels are `(F, C, HH, WW)`, and a `Flatten` above a convolution writes channel by channel.
//! - Random numbers come from one [`RandomState`](crate::rng::RandomState) of the model, with seed 0 unless
//!   [`Sequential::with_seed`] is told another: runs repeat exactly, but are not Keras's.
//! - Training prints whole lines; the bar, where there can be one, is that of [`notebook`](crate::notebook).
//!   [`Sequential::evaluate`] prints nothing, its result shows itself.
//! - Cross entropies after a softmax or sigmoid are computed from its inputs, as Keras does on TensorFlow, so that
//!   probabilities of 0 and 1 cost no precision.

mod activation_function;
mod evaluation;
mod forward;
mod history;
mod initializer;
pub mod layers;
mod loss;
mod model;
mod names;
pub mod optimizers;
mod progress;
mod samples;
mod step;
mod summary;
mod targets;
mod training;
mod values;

pub use activation_function::ActivationFunction;
pub use history::{History, Scores};
pub use initializer::Initializer;
pub use layers::{Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPool2D};
pub use loss::Loss;
pub use model::Sequential;
pub use names::{Choice, Named};
pub use samples::Samples;
pub use summary::Summary;
pub use targets::Targets;
pub use training::FitOptions;
