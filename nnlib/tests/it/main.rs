//! Integration tests: one target, a file a topic.

mod batchnorm_mlp;
mod checks;
mod data;
mod gradient_check;
mod layered_net;
mod layers_basic;
mod losses;
mod mlp_cifar10;
mod optim;
mod panics;
mod plot;
mod rng;
mod save;
mod softmax_regression;
mod solver;
