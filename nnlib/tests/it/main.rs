//! Integration tests: one target, a file a topic.

mod checks;
mod data;
mod gradient_check;
mod layers_basic;
mod losses;
mod plot;
mod rng;
mod save;
mod softmax_regression;
