//! Integration tests: one target, a file a topic.

mod batchnorm_mlp;
mod checks;
mod data;
mod expected_probes;
mod experiments;
mod grad;
mod gradient_check;
mod init;
mod layered_net;
mod layers_basic;
mod layers_images;
mod losses;
mod metrics;
mod mlp_cifar10;
mod notebook;
mod optim;
mod plot;
mod probe;
mod rng;
mod save;
mod sequential;
mod serial;
mod softmax_regression;
mod solver;
