//! Neural networks on [`ndarray`], small enough to read and fast enough to train, made for notebooks.
//!
//! | module | what it holds |
//! |---|---|
//! | [`mod@array`] | the array types, and the shape conventions of the whole library |
//! | [`error`] | the one error type of everything that reads files |
//! | [`rng`] | NumPy's `RandomState`, bit for bit |
//! | [`data`] | MNIST, CIFAR-10 and California housing from their published files, embedded digits, tables |
//! | [`mod@grad`] | reverse-mode automatic differentiation in `f32`: JAX's `grad` |
//! | [`mod@serial`] | networks as `(init, apply)` pairs, and their optimizers: JAX's stax |
//! | [`init`] | initial weights |
//! | [`optim`] | update rules and learning-rate schedules |
//! | [`layers`], [`losses`] | forward and backward passes, in `f64` |
//! | [`gradient_check`] | analytic gradients against numerical ones |
//! | [`models`] | softmax regression, networks of two, three and any number of layers |
//! | [`solver`] | training by mini-batches, with checkpoints |
//! | [`sequential`] | Keras's `Sequential`, in `f32` |
//! | [`metrics`] | accuracy and training histories |
//! | [`experiments`] | grid search, cross-validation, repeated runs |
//! | [`notebook`] | live output: progress bars, outputs that are replaced; interrupts that lose nothing |
//! | [`save`] | parameters in files: `.npz` and safetensors |
//! | [`budget`] | how long a notebook may train |
//! | [`probe`] | values that a grader compares |
//! | [`plot`] | curves, box plots, histograms and image grids, shown inline in a notebook or saved to a file |
//!
//! A notebook starts with `use nnlib::prelude::*;`.
//!
//! What a program multiplies itself, `x.dot(&w)` for arrays of [`ndarray`], is as fast as what nnlib does: it has the CBLAS
//! functions that ndarray calls with its feature `blas`. A program that is linked with another BLAS as well has two
//! definitions of `cblas_dgemm` and seven others, and must do without one of them.

#![deny(missing_docs)]
#![deny(unsafe_code)]

pub mod array;
pub mod budget;
pub mod data;
mod elementwise;
pub mod error;
pub mod experiments;
#[cfg(feature = "grad")]
pub mod grad;
#[cfg(feature = "gradient_check")]
pub mod gradient_check;
#[cfg(feature = "init")]
pub mod init;
mod inline;
#[cfg(feature = "layers")]
pub mod layers;
#[cfg(feature = "losses")]
pub mod losses;
mod marks;
#[allow(unsafe_code)]
mod matmul;
mod memory;
pub mod metrics;
#[cfg(feature = "models")]
pub mod models;
pub mod notebook;
pub mod optim;
mod parallel;
pub mod parameters;
mod pixel_block;
pub mod plot;
pub mod probe;
pub mod rng;
pub mod save;
#[cfg(feature = "sequential")]
pub mod sequential;
#[cfg(feature = "serial")]
pub mod serial;
pub mod solver;
mod staging;
mod text;

pub use error::{Error, Result};
/// The array crate that nnlib is built on, so that a notebook needs no dependency of its own.
pub use ndarray;
/// The drawing crate beneath [`plot`], for figures that [`plot`] does not have.
pub use plotters;

/// What a notebook imports in its first cell.
pub mod prelude {
    pub use crate::array::{Matrix, Vector};
    pub use crate::budget::Budget;
    pub use crate::data::{self, Cifar10, Housing, ImageSet, Mnist, Standardization, Table};
    pub use crate::data::{Batches, KFold, create_outliers, one_hot, one_hot_f64, train_test_split};
    pub use crate::error::Error;
    pub use crate::experiments::{Grid, GridResults, Scores, Settings, cross_validate, repeat};
    #[cfg(feature = "grad")]
    pub use crate::grad::{self, Tensor, Tree, grad, gradient_at, tree_map, value_and_grad};
    #[cfg(feature = "gradient_check")]
    pub use crate::gradient_check::{
        GradientReport, check_gradients, eval_numerical_gradient, eval_numerical_gradient_array, rel_error,
    };
    #[cfg(feature = "init")]
    pub use crate::init;
    #[cfg(feature = "layers")]
    pub use crate::layers::{
        AffineBatchNormReluCache, AffineBatchNormReluGradients, AffineCache, AffineReluCache, BatchNormCache,
        BatchNormParam, Mode, ReluCache, SigmoidCache, TanhCache, affine_backward, affine_batchnorm_relu_backward,
        affine_batchnorm_relu_forward, affine_forward, affine_relu_backward, affine_relu_forward, batchnorm_backward,
        batchnorm_forward, relu_backward, relu_forward, sigmoid_backward, sigmoid_forward, tanh_backward, tanh_forward,
    };
    #[cfg(feature = "layers")]
    pub use crate::layers::{
        ConvCache, DropoutCache, FlattenCache, MaxPoolCache, Padding, conv_backward, conv_forward, dropout_backward,
        dropout_forward, flatten_backward, flatten_forward, max_pool_backward, max_pool_forward,
    };
    #[cfg(feature = "losses")]
    pub use crate::losses::{mse_loss, sigmoid_cross_entropy_loss, softmax_loss, svm_loss};
    pub use crate::metrics::{self, Evaluation, History, expect_at_least, expect_at_most};
    #[cfg(feature = "models")]
    pub use crate::models::{
        Category, FullBatch, FullyConnectedConfig, FullyConnectedNet, LayeredNet, LayeredTraining, MiniBatch,
        SoftmaxGradient, SoftmaxRegression, ThreeLayerConfig, ThreeLayerNet, TwoLayerConfig, TwoLayerNet,
    };
    pub use crate::notebook::{self, Progress, progress};
    pub use crate::optim::{self, ExponentialDecay, LinearDecay, OptimConfig, StepDecay, UpdateRule};
    #[cfg(feature = "optim")]
    pub use crate::optim::{adam, rmsprop, sgd, sgd_momentum};
    pub use crate::parameters::Parameters;
    pub use crate::plot::{self, BoxPlot, ColorMap, CurvePlot, ImageGrid, LegendPosition, LivePlot};
    pub use crate::probe::{Submitted, probe, probe_rng};
    pub use crate::rng::RandomState;
    pub use crate::save;
    #[cfg(feature = "sequential")]
    pub use crate::sequential::{self, FitOptions, Sequential};
    #[cfg(feature = "serial")]
    pub use crate::serial::{self, optimizers};
    pub use crate::solver::{ArraySamples, Model, Samples, Solver, SolverSettings, Targets};
    pub use ndarray::{self, Array, Array1, Array2, Array3, Array4, ArrayD, ArrayView1, ArrayView2, Axis, array, s};
}
