//! The settings of a solver.

use crate::optim::{OptimConfig, UpdateRule};

/// How a [`Solver`](super::Solver) trains.
///
/// ```
/// use nnlib::ndarray::ArrayD;
/// use nnlib::optim::OptimConfig;
/// use nnlib::solver::SolverSettings;
///
/// fn sgd(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
///     w - config.learning_rate * dw
/// }
///
/// let settings = SolverSettings { lr_decay: 0.95, print_every: 100, ..SolverSettings::new(sgd, OptimConfig::new(1e-3)) };
/// assert_eq!((settings.batch_size, settings.num_epochs), (100, 10));
/// ```
#[derive(Clone, Debug)]
pub struct SolverSettings {
    /// What makes the next value of a parameter of its gradient.
    pub update_rule: UpdateRule,
    /// What each parameter's update rule starts from.
    pub optim_config: OptimConfig,
    /// What the learning rate is multiplied by after each epoch. By default 1.
    pub lr_decay: f64,
    /// How many samples a step is taken on. By default 100.
    pub batch_size: usize,
    /// How many epochs there are, each of `N / batch_size` steps (rounded down, at least 1). By default 10.
    pub num_epochs: usize,
    /// On how many training samples, drawn anew each time, the model is measured after an epoch; `None` means on all. By
    /// default 1000.
    pub num_train_samples: Option<usize>,
    /// On how many validation samples; `None`, the default, means on all.
    pub num_val_samples: Option<usize>,
    /// The loss is printed every so many iterations; 0 never prints it. By default 10.
    pub print_every: usize,
    /// Whether anything is printed, and a bar shown that is not within another's. By default it is.
    pub verbose: bool,
}

impl SolverSettings {
    /// The default settings with this rule, and what it starts from.
    pub fn new(update_rule: UpdateRule, optim_config: OptimConfig) -> Self {
        SolverSettings {
            update_rule,
            optim_config,
            lr_decay: 1.0,
            batch_size: 100,
            num_epochs: 10,
            num_train_samples: Some(1000),
            num_val_samples: None,
            print_every: 10,
            verbose: true,
        }
    }
}
