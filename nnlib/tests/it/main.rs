//! Integration tests: one target, a file a topic.

mod checks;
mod data;
mod experiments;
mod grad;
mod gradient_check;
mod init;
mod layers_basic;
mod layers_images;
mod losses;
mod optim;
mod plot;
mod rng;
mod save;
mod sequential;
mod softmax_regression;
