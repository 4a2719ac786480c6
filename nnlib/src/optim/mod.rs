//! Optimizers: update rules, what they remember, and learning-rate schedules.
//!
//! An update rule takes a parameter, the gradient of the loss L with respect to it, and its [`OptimConfig`], and
//! returns the next parameter. The simplest is gradient descent:
//!
//! ```text
//! w ← w - learning_rate dL/dw
//! ```
//!
//! Each parameter has a config of its own, since the config remembers arrays of its shape. Twenty steps towards the
//! minimum of `L = w²`, where `dL/dw = 2w`:
//!
#![cfg_attr(feature = "optim", doc = "```")]
#![cfg_attr(not(feature = "optim"), doc = "```ignore")]
//! use nnlib::ndarray::array;
//! use nnlib::optim::{LinearDecay, OptimConfig, sgd_momentum};
//!
//! let schedule = LinearDecay { initial: 0.2, last: 0.1, num_steps: 4 };
//! let mut w = array![1.0, -3.0].into_dyn();
//! let mut config = OptimConfig { momentum: 0.5, ..OptimConfig::default() };
//! for step in 0..20 {
//!     config.learning_rate = schedule.rate(step);
//!     w = sgd_momentum(&w, &(2.0 * &w), &mut config);
//! }
//! assert!(w.iter().all(|w| w.abs() < 0.01));
//! ```

mod config;
#[cfg(feature = "optim")]
mod rules;
mod schedule;

pub use config::{OptimConfig, UpdateRule};
#[cfg(feature = "optim")]
pub use rules::{adam, momentum, rmsprop, sgd, sgd_momentum};
pub use schedule::{ExponentialDecay, LinearDecay, StepDecay};
