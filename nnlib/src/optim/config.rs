//! What an update rule remembers of one parameter.

use ndarray::ArrayD;

/// One step of an optimizer on one parameter: from `w`, its gradient `dw` and what the rule remembers, the next `w`.
///
/// A plain function, so that one written in a notebook fits wherever one of ours does:
///
/// ```
/// use nnlib::ndarray::{ArrayD, array};
/// use nnlib::optim::{OptimConfig, UpdateRule};
///
/// fn sgd(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64> {
///     w - config.learning_rate * dw
/// }
///
/// let rule: UpdateRule = sgd;
/// let next_w = rule(&array![1.0].into_dyn(), &array![0.5].into_dyn(), &mut OptimConfig::new(0.5));
/// assert_eq!(next_w, array![0.75].into_dyn());
/// ```
pub type UpdateRule = fn(w: &ArrayD<f64>, dw: &ArrayD<f64>, config: &mut OptimConfig) -> ArrayD<f64>;

/// Settings and memory of an update rule, for one parameter.
///
/// Each rule reads the settings that its formula has and leaves the others alone. The memories are arrays of the
/// parameter's shape; a rule that finds `None` starts from zeros, and leaves there what its next step needs.
///
/// | rule | settings | memory |
/// |---|---|---|
/// | SGD | `learning_rate` | |
/// | SGD with momentum | `learning_rate`, `momentum` | `velocity` |
/// | RMSProp | `learning_rate`, `decay_rate`, `epsilon` | `cache` |
/// | Adam | `learning_rate`, `beta1`, `beta2`, `epsilon` | `m`, `v`, `t` |
///
/// ```
/// use nnlib::optim::OptimConfig;
///
/// let config = OptimConfig { momentum: 0.95, ..OptimConfig::new(1e-3) };
/// assert_eq!(config.learning_rate, 1e-3);
/// assert_eq!(OptimConfig::default().learning_rate, 1e-2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OptimConfig {
    /// How far a step goes along the gradient. By default 0.01; Adam is usually given 0.001.
    pub learning_rate: f64,
    /// Momentum: the weight of the old velocity, 0 to 1. By default 0.9.
    pub momentum: f64,
    /// Momentum: the decaying sum of past steps.
    pub velocity: Option<ArrayD<f64>>,
    /// RMSProp: the weight of the old average of squared gradients, 0 to 1. By default 0.99.
    pub decay_rate: f64,
    /// RMSProp and Adam: added to the root of the average, so that nothing is divided by 0. By default 1e-8.
    pub epsilon: f64,
    /// RMSProp: the moving average of the squared gradients.
    pub cache: Option<ArrayD<f64>>,
    /// Adam: the weight of the old average of gradients. By default 0.9.
    pub beta1: f64,
    /// Adam: the weight of the old average of squared gradients. By default 0.999.
    pub beta2: f64,
    /// Adam: the moving average of the gradients.
    pub m: Option<ArrayD<f64>>,
    /// Adam: the moving average of the squared gradients.
    pub v: Option<ArrayD<f64>>,
    /// Adam: how many steps have been taken.
    pub t: u64,
}

impl OptimConfig {
    /// The usual settings with this learning rate, and nothing remembered.
    pub fn new(learning_rate: f64) -> Self {
        OptimConfig { learning_rate, ..OptimConfig::default() }
    }
}

impl Default for OptimConfig {
    fn default() -> Self {
        OptimConfig {
            learning_rate: 1e-2,
            momentum: 0.9,
            velocity: None,
            decay_rate: 0.99,
            epsilon: 1e-8,
            cache: None,
            beta1: 0.9,
            beta2: 0.999,
            m: None,
            v: None,
            t: 0,
        }
    }
}
