//! Losses and their gradients, in `f64`.
