//! Neural networks on [`ndarray`], small enough to read and fast enough to train, made for notebooks.
//!
//! | module | what it holds |
//! |---|---|
//! | [`mod@array`] | the array types, and the shape conventions of the whole library |
//! | [`error`] | the one error type of everything that reads files |
//! | [`rng`] | NumPy's `RandomState`, bit for bit |
//! | [`data`] | MNIST from its published files or from PNG folders, and embedded digits when there is neither |
//! | [`optim`] | learning-rate schedules |
//! | [`models`] | softmax regression |
//! | [`metrics`] | accuracy and training histories |
//! | [`plot`] | curves, box plots, histograms and image grids, shown inline in a notebook or saved to a file |
//!
//! A notebook starts with `use nnlib::prelude::*;`.

#![deny(missing_docs)]
#![deny(unsafe_code)]

pub mod array;
pub mod data;
pub mod error;
pub mod experiments;
#[cfg(feature = "grad")]
pub mod grad;
#[cfg(feature = "gradient_check")]
pub mod gradient_check;
#[cfg(feature = "init")]
pub mod init;
#[cfg(feature = "layers")]
pub mod layers;
#[cfg(feature = "losses")]
pub mod losses;
#[cfg(feature = "grad")]
mod matmul;
pub mod metrics;
#[cfg(feature = "models")]
pub mod models;
pub mod optim;
pub mod parameters;
pub mod plot;
pub mod rng;
pub mod save;
#[cfg(feature = "sequential")]
pub mod sequential;
#[cfg(feature = "serial")]
pub mod serial;
pub mod solver;

pub use error::{Error, Result};
/// The array crate that nnlib is built on, so that a notebook needs no dependency of its own.
pub use ndarray;
/// The drawing crate beneath [`plot`], for figures that [`plot`] does not have.
pub use plotters;

/// What a notebook imports in its first cell.
pub mod prelude {
    pub use crate::array::{Matrix, Vector};
    pub use crate::data::{self, ImageSet, Mnist};
    pub use crate::error::Error;
    pub use crate::metrics::{self, Evaluation, History};
    #[cfg(feature = "models")]
    pub use crate::models::{FullBatch, MiniBatch, SoftmaxGradient, SoftmaxRegression};
    pub use crate::optim::LinearDecay;
    pub use crate::parameters::Parameters;
    pub use crate::plot::{self, BoxPlot, ColorMap, CurvePlot, ImageGrid, LegendPosition};
    pub use crate::rng::RandomState;
    pub use ndarray::{self, Array, Array1, Array2, Array3, Array4, ArrayView1, ArrayView2, Axis, array, s};
}
