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

pub use measure::measure;
pub use model::{Model, Targets};
pub use samples::{ArraySamples, Samples};
pub use settings::SolverSettings;

use crate::Result;
use crate::array::expect_shape;
use crate::optim::OptimConfig;
use crate::parameters::Parameters;
use crate::rng::RandomState;
use measure::{Measure, measure_some};
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
    ///
    /// # Panics
    ///
    /// If the batch size is 0, or no sample is to be measured on.
    #[track_caller]
    pub fn new(settings: SolverSettings) -> Self {
        assert!(settings.batch_size > 0, "Solver::new: `batch_size` is 0, expected at least 1");
        for (name, count) in
            [("num_train_samples", settings.num_train_samples), ("num_val_samples", settings.num_val_samples)]
        {
            assert!(count != Some(0), "Solver::new: `{name}` is 0, expected at least 1, or None for all");
        }
        Solver {
            settings,
            loss_history: Vec::new(),
            train_acc_history: Vec::new(),
            val_acc_history: Vec::new(),
            log: Vec::new(),
            epoch: 0,
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
    /// # Panics
    ///
    /// If a set is empty, or the gradients have not the names and shapes of the parameters.
    #[track_caller]
    pub fn train(&mut self, model: &mut dyn Model, train: &dyn Samples, val: &dyn Samples, rng: &mut RandomState) {
        check_sets(train, val);
        while self.train_epoch(model, train, val, rng) {}
        self.put_back_best(model);
    }

    /// As [`train`](Solver::train), and writes a checkpoint to `path` after each epoch, in place of the last.
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
        check_sets(train, val);
        while self.train_epoch(model, train, val, rng) {
            self.save_checkpoint(path.as_ref(), model, rng)?;
        }
        self.put_back_best(model);
        Ok(())
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

    /// One epoch, unless all are done.
    #[track_caller]
    fn train_epoch(
        &mut self,
        model: &mut dyn Model,
        train: &dyn Samples,
        val: &dyn Samples,
        rng: &mut RandomState,
    ) -> bool {
        if self.epoch >= self.settings.num_epochs {
            return false;
        }
        let iterations_per_epoch = (train.len() / self.settings.batch_size).max(1);
        let num_iterations = self.settings.num_epochs * iterations_per_epoch;
        for step in 1..=iterations_per_epoch {
            let (loss, targets) = self.step(model, train, rng);
            let iteration = self.loss_history.len();
            let print_every = self.settings.print_every;
            if print_every > 0 && (iteration - 1).is_multiple_of(print_every) {
                self.say(format!("(Iteration {iteration} / {num_iterations}) loss: {loss:.6}"));
            }
            if step == iterations_per_epoch {
                self.epoch += 1;
                for config in self.optim_configs.values_mut() {
                    config.learning_rate *= self.settings.lr_decay;
                }
            }
            if iteration == 1 || step == iterations_per_epoch {
                self.measure(model, train, val, Measure::of(&targets), rng);
            }
        }
        true
    }

    /// One step on one batch; returns its loss, and its targets.
    #[track_caller]
    fn step(&mut self, model: &mut dyn Model, train: &dyn Samples, rng: &mut RandomState) -> (f64, Targets) {
        let (x, y) = train.batch(&rng.choice(train.len(), self.settings.batch_size, true));
        let (loss, grads) = model.loss(&x, &y);
        self.loss_history.push(loss);
        let params = model.params_mut();
        assert!(
            grads.names().eq(params.names()),
            "Solver::train: the model's gradients are {:?}, expected {:?}, one for each parameter",
            grads.names().collect::<Vec<_>>(),
            params.names().collect::<Vec<_>>()
        );
        for (name, w) in params.iter_mut() {
            let dw = &grads[name];
            expect_shape("Solver::train", name, dw.shape(), w.shape(), "a gradient of its parameter's shape");
            if !self.optim_configs.contains_key(name) {
                self.optim_configs.insert(name.to_owned(), self.settings.optim_config.clone());
            }
            let config = self.optim_configs.get_mut(name).expect("put there above");
            let next_w = (self.settings.update_rule)(w, dw, config);
            expect_shape("Solver::train", name, next_w.shape(), w.shape(), "what the update rule must return");
            *w = next_w;
        }
        (loss, y)
    }

    /// Measures the model, and keeps it if it is the best.
    #[track_caller]
    fn measure(
        &mut self,
        model: &dyn Model,
        train: &dyn Samples,
        val: &dyn Samples,
        measure: Measure,
        rng: &mut RandomState,
    ) {
        let mut measure_sample = |data: &dyn Samples, count: Option<usize>| match count {
            Some(count) if count < data.len() => measure_some(model, data, &rng.choice(data.len(), count, true)),
            _ => self::measure(model, data),
        };
        let train_acc = measure_sample(train, self.settings.num_train_samples);
        let val_acc = measure_sample(val, self.settings.num_val_samples);
        self.train_acc_history.push(train_acc);
        self.val_acc_history.push(val_acc);
        let (epoch, num_epochs, name) = (self.epoch, self.settings.num_epochs, measure.name());
        self.say(format!("(Epoch {epoch} / {num_epochs}) train {name}: {train_acc:.6}; val_{name}: {val_acc:.6}"));
        if self.best.as_ref().is_none_or(|best| measure.is_better(val_acc, best.val_acc)) {
            self.best = Some(Best { val_acc, params: model.params().clone(), buffers: model.buffers() });
        }
    }

    fn put_back_best(&self, model: &mut dyn Model) {
        if let Some(best) = &self.best {
            model.params_mut().clone_from(&best.params);
            model.set_buffers(&best.buffers);
        }
    }

    fn say(&mut self, line: String) {
        if self.settings.verbose {
            println!("{line}");
        }
        self.log.push(line);
    }
}

#[track_caller]
fn check_sets(train: &dyn Samples, val: &dyn Samples) {
    for (name, data) in [("train", train), ("val", val)] {
        assert!(!data.is_empty(), "Solver::train: `{name}` has no samples, expected at least 1");
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
