//! Learning-rate schedules.

mod schedule;

pub use schedule::LinearDecay;
