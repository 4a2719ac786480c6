//! Training a model by mini-batches.
//!
//! Each step draws a batch, computes the loss L of it with its gradient, and moves every parameter w by the update rule;
//! for plain stochastic gradient descent with the learning rate η,
//!
//! ```text
//! w ← w - η dL/dw        η ← lr_decay η after each epoch
//! ```
//!
//! After the first step and after each epoch the model is measured, and in the end it gets back the parameters with which
//! it did best on the validation samples.
//!
//! While it trains, a bar is below the cell; an interrupt ends the training after the current step, see
//! [`notebook`](crate::notebook).
//!
//! A [`Solver`] knows of a model only what the trait [`Model`] says, and takes any function as its update rule: one's own
//! model and rule fit as well as the library's.
//!
//! ```
//! use nnlib::layers::{affine_backward, affine_forward};
//! use nnlib::losses::softmax_loss;
//! use nnlib::ndarray::{Array, ArrayD, Axis};
//! use nnlib::optim::OptimConfig;
//! use nnlib::parameters::Parameters;
//! use nnlib::rng::RandomState;
//! use nnlib::solver::{ArraySamples, Model, Solver, SolverSettings, Targets};
//!
//! struct Linear {
//!     params: Parameters,
//! }
//!
//! impl Model for Linear {
//!     fn params(&self) -> &Parameters {
//!         &self.params
//!     }
//!     fn params_mut(&mut self) -> &mut Parameters {
//!         &mut self.params
//!     }
//!     fn scores(&self, x: &ArrayD<f64>) -> ArrayD<f64> {
//!         affine_forward(x, &self.params["W"], &self.params["b"]).0
//!     }
//!     fn loss(&mut self, x: &ArrayD<f64>, y: &Targets) -> (f64, Parameters) {
//!         let (scores, cache) = affine_forward(x, &self.params["W"], &self.params["b"]);
//!         let (loss, dscores) = softmax_loss(&scores, y.classes());
//!         let (_dx, dw, db) = affine_backward(&dscores, &cache);
//!         (loss, Parameters::from_iter([("W", dw), ("b", db)]))
//!     }
//! }
//!
//! fn sgd(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
//!     w - config.learning_rate * dw
//! }
//!
//! // Which of three coordinates is the largest?
//! let mut rng = RandomState::new(231);
//! let x = rng.randn((600, 3));
//! let y = x.map_axis(Axis(1), |row| (0..3).fold(0, |best, class| if row[class] > row[best] { class } else { best }));
//! let all = ArraySamples::new(x.into_dyn(), y);
//!
//! let mut model = Linear { params: Parameters::new() };
//! model.params.insert("W", Array::zeros((3, 3)));
//! model.params.insert("b", Array::zeros(3));
//! let settings = SolverSettings { batch_size: 50, print_every: 0, ..SolverSettings::new(sgd, OptimConfig::new(0.5)) };
//! let mut solver = Solver::new(settings);
//! solver.train(&mut model, &all, &all, &mut rng);
//! assert!(solver.best_val_acc().unwrap() > 0.95);
//! assert_eq!((solver.loss_history.len(), solver.val_acc_history.len()), (120, 11));
//! ```

mod checkpoint;
mod measure;
mod model;
mod samples;
mod settings;
mod training;

pub use measure::measure;
pub use model::{Model, Targets};
pub use samples::{ArraySamples, Samples};
pub use settings::SolverSettings;

use crate::Result;
use crate::optim::OptimConfig;
use crate::parameters::Parameters;
use crate::rng::RandomState;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Trains a model, and remembers how that went.
///
/// In the histories and below, "accuracy" is the root mean squared error where the targets are values: then lower is
/// better.
#[derive(Clone)]
pub struct Solver {
    /// How to train.
    pub settings: SolverSettings,
    /// The loss of each step's batch.
    pub loss_history: Vec<f64>,
    /// The accuracy on training samples, after the first step and after each epoch.
    pub train_acc_history: Vec<f64>,
    /// The accuracy on validation samples, after the first step and after each epoch.
    pub val_acc_history: Vec<f64>,
    /// The lines that were printed, or would have been: the log.
    pub log: Vec<String>,
    epoch: usize,
    /// How many steps of the next epoch are done, if the training was interrupted in it.
    step: usize,
    optim_configs: BTreeMap<String, OptimConfig>,
    best: Option<Best>,
}

/// The model at its best on the validation samples.
#[derive(Clone)]
struct Best {
    val_acc: f64,
    params: Parameters,
    buffers: Parameters,
}

impl Solver {
    /// A solver that has done nothing yet.
    pub fn new(settings: SolverSettings) -> Self {
        Solver {
            settings,
            loss_history: Vec::new(),
            train_acc_history: Vec::new(),
            val_acc_history: Vec::new(),
            log: Vec::new(),
            epoch: 0,
            step: 0,
            optim_configs: BTreeMap::new(),
            best: None,
        }
    }

    /// Trains `model` on `train` until `num_epochs` epochs are done, then gives it the parameters and buffers with which
    /// it did best on `val`.
    ///
    /// Batches are drawn with replacement, and so are the training samples that the model is measured on, in the order of
    /// the program that this mirrors: `rng.choice(N, batch_size, true)` each step, and `rng.choice(N, 1000, true)`, if N
    /// is larger, each time. So the same generator gives the same batches.
    ///
    /// A solver that is called again goes on where it stands; if its epochs are done, raise `settings.num_epochs`.
    ///
    /// If the cell is interrupted, the training ends after the current step, and says so. The model is then measured on
    /// `val` once more, beside the histories and with the random numbers of a copy of `rng`, and gets back the parameters
    /// with which it did best, as ever. A training that had no step to take leaves everything as it is.
    ///
    /// # Panics
    ///
    /// If a set is empty, the batch size is 0, no sample is to be measured on, or the gradients have not the names and
    /// shapes of the parameters.
    #[track_caller]
    pub fn train(&mut self, model: &mut dyn Model, train: &dyn Samples, val: &dyn Samples, rng: &mut RandomState) {
        self.run(model, train, val, rng, None).expect("without a checkpoint, nothing is written");
    }

    /// As [`train`](Solver::train), and writes a checkpoint to `path` after each epoch, in place of the last; also when
    /// it is interrupted.
    ///
    /// A training that was cut off goes on from there with [`resume`](Solver::resume), to the same numbers bit for bit.
    ///
    /// # Errors
    ///
    /// If the checkpoint cannot be written; the training stops there.
    ///
    /// # Panics
    ///
    /// As [`train`](Solver::train).
    #[track_caller]
    pub fn train_with_checkpoints(
        &mut self,
        model: &mut dyn Model,
        train: &dyn Samples,
        val: &dyn Samples,
        rng: &mut RandomState,
        path: impl AsRef<Path>,
    ) -> Result<()> {
        self.run(model, train, val, rng, Some(path.as_ref()))
    }

    /// The best accuracy on the validation samples so far; the smallest root mean squared error, for regression.
    pub fn best_val_acc(&self) -> Option<f64> {
        self.best.as_ref().map(|best| best.val_acc)
    }

    /// The parameters with which it was reached.
    pub fn best_params(&self) -> Option<&Parameters> {
        self.best.as_ref().map(|best| &best.params)
    }

    /// How many epochs are done.
    pub fn epoch(&self) -> usize {
        self.epoch
    }
}

/// How far it has come, rather than all it remembers.
impl fmt::Debug for Solver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Solver after {} of {} epochs", self.epoch, self.settings.num_epochs)?;
        match &self.best {
            Some(best) => write!(f, ", best validation {:.6}", best.val_acc),
            None => Ok(()),
        }
    }
}
