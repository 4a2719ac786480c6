//! Analytic gradients against numerical ones.
