//! Models: what is trained.

pub mod softmax_regression;

pub use softmax_regression::{FullBatch, MiniBatch, SoftmaxGradient, SoftmaxRegression};
