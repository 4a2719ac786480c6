//! Integration tests: one target, a file a topic.

mod data;
mod init;
mod layers_images;
mod optim;
mod panics;
mod plot;
mod rng;
mod save;
mod softmax_regression;
