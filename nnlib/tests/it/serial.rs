//! Tests of `nnlib::serial`.

mod jax;
mod layers;
mod messages;
