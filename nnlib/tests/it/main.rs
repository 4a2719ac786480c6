//! Integration tests: one target, a file a topic.

mod data;
mod plot;
mod rng;
mod sequential;
mod softmax_regression;
