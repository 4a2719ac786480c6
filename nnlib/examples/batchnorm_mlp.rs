//! Fully connected networks with batch normalization on MNIST and on California housing, at the course's full settings.
//!
//! ```text
//! NNLIB_DATA=~/data cargo run -p nnlib --example batchnorm_mlp -- housing
//! ```
//!
//! Parts: `mnist`, `housing`; without one, both.

use nnlib::data::{housing, mnist};
use nnlib::models::{Category, FullyConnectedConfig, FullyConnectedNet};
use nnlib::optim::{OptimConfig, adam, sgd_momentum};
use nnlib::rng::RandomState;
use nnlib::solver::{ArraySamples, Solver, SolverSettings, measure};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let only = std::env::args().nth(1);
    match only.as_deref() {
        None => {
            train_on_mnist()?;
            train_on_housing()?;
        }
        Some("mnist") => train_on_mnist()?,
        Some("housing") => train_on_housing()?,
        Some(part) => return Err(format!("{part}: expected mnist or housing").into()),
    }
    Ok(())
}

/// 20 hidden units, normalized; the course reaches 0.9578 on the validation images, and asks for 0.95.
fn train_on_mnist() -> nnlib::Result<()> {
    let started = Instant::now();
    let mnist = mnist::load()?;
    println!("{}", mnist.origin);
    let split = mnist.split(50_000, 10_000, 10_000);
    let mean_image = split.mean_image();
    let config =
        FullyConnectedConfig { reg: 1e-4, ..FullyConnectedConfig::new(Category::Classification, &[20], &[true]) };
    let mut rng = RandomState::new(0);
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    let mut solver =
        Solver::new(SolverSettings { print_every: 0, ..SolverSettings::new(sgd_momentum, OptimConfig::new(1e-2)) });
    let samples = |images| ArraySamples::centered(images, &mean_image);
    let [train, validation, test] = [&split.train, &split.validation, &split.test].map(samples);
    solver.train(&mut net, &train, &validation, &mut rng);
    println!(
        "accuracy: validation {:.4}, test {:.4}  ({:.0} s)\n",
        measure(&net, &validation),
        measure(&net, &test),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Two hidden layers of 100 units; the root mean squared error on the test blocks is to be 0.60 at most, in units of 100,000 dollars.
fn train_on_housing() -> nnlib::Result<()> {
    let started = Instant::now();
    let housing = housing::load()?;
    println!("{}", housing.origin);
    let data = housing.split(15_640, 2_500, 2_500, &mut RandomState::new(0)).standardized();
    let config = FullyConnectedConfig {
        input_dim: 8,
        output_dim: 1,
        weight_scale: 1e-1,
        ..FullyConnectedConfig::new(Category::Regression, &[100, 100], &[true, true])
    };
    let mut rng = RandomState::new(0);
    let mut net = FullyConnectedNet::new(&config, &mut rng);
    let settings = SolverSettings {
        lr_decay: 0.9,
        num_epochs: 20,
        print_every: 0,
        ..SolverSettings::new(adam, OptimConfig::new(1e-3))
    };
    let mut solver = Solver::new(settings);
    let [train, validation, test] =
        [data.train, data.validation, data.test].map(|samples| ArraySamples::new(samples.x, samples.y));
    solver.train(&mut net, &train, &validation, &mut rng);
    println!(
        "root mean squared error: validation {:.4}, test {:.4}  ({:.0} s)",
        measure(&net, &validation),
        measure(&net, &test),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
