//! Integration tests: one target, a file a topic.

mod data;
mod grad;
mod plot;
mod rng;
mod sequential;
mod softmax_regression;
