//! What an optimizer remembers, and learning-rate schedules.

mod config;
mod schedule;

pub use config::{OptimConfig, UpdateRule};
pub use schedule::LinearDecay;
