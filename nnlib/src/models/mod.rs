//! Models: what is trained.
//!
//! | model | layers |
//! |---|---|
//! | [`SoftmaxRegression`] | one, affine, with a training of its own over images as bytes |
//! | [`TwoLayerNet`], [`ThreeLayerNet`] | two and three, with rectifiers between them |
//! | [`FullyConnectedNet`] | any number, with or without batch normalization, for classes or for values |
//! | [`LayeredNet`] | any number, with a training of its own over images as bytes |
//!
//! All but the first are [`Model`](crate::solver::Model)s, which a [`Solver`](crate::solver::Solver) trains:
//!
//! ```
//! use nnlib::models::{TwoLayerConfig, TwoLayerNet};
//! use nnlib::ndarray::array;
//! use nnlib::optim::OptimConfig;
//! use nnlib::rng::RandomState;
//! use nnlib::solver::{ArraySamples, Solver, SolverSettings};
//!
//! // Exclusive or: no network of one layer can tell it.
//! let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].into_dyn();
//! let data = ArraySamples::new(x, array![0_usize, 1, 1, 0]);
//!
//! let mut rng = RandomState::new(1);
//! let sizes = TwoLayerConfig { input_dim: 2, hidden_dim: 20, num_classes: 2, weight_scale: 1.0, ..Default::default() };
//! let mut net = TwoLayerNet::new(&sizes, &mut rng);
//! let mut solver = Solver::new(SolverSettings {
//!     batch_size: 4,
//!     num_epochs: 200,
//!     verbose: false,
//!     ..SolverSettings::new(|w, dw, config| w - config.learning_rate * dw, OptimConfig::new(0.1))
//! });
//! solver.train(&mut net, &data, &data, &mut rng);
//! assert_eq!(solver.best_val_acc(), Some(1.0));
//! ```

mod fully_connected;
mod layered_net;
mod regularization;
pub mod softmax_regression;
mod three_layer;
mod two_layer;

pub use fully_connected::{Category, FullyConnectedConfig, FullyConnectedNet};
pub use layered_net::{LayeredNet, LayeredTraining};
pub use softmax_regression::{FullBatch, MiniBatch, SoftmaxGradient, SoftmaxRegression};
pub use three_layer::{ThreeLayerConfig, ThreeLayerNet};
pub use two_layer::{TwoLayerConfig, TwoLayerNet};
