//! CIFAR-10 by networks of two and three layers, and by two layers of sigmoids, at the course's full settings, beside its figures.
//!
//! ```text
//! NNLIB_DATA=~/data cargo run -p nnlib --example mlp_cifar10 -- sigmoid
//! ```
//!
//! Parts: `two-layer`, `three-layer`, `sigmoid`; without one, all of them.

use nnlib::data::cifar10::{self, Split};
use nnlib::data::one_hot;
use nnlib::grad::{Tensor, gradient_at};
use nnlib::models::{ThreeLayerConfig, ThreeLayerNet, TwoLayerConfig, TwoLayerNet};
use nnlib::ndarray::Array1;
use nnlib::optim::{OptimConfig, sgd};
use nnlib::rng::RandomState;
use nnlib::serial::optimizers;
use nnlib::solver::{Model, Solver, SolverSettings};
use std::time::Instant;

const PARTS: [&str; 3] = ["two-layer", "three-layer", "sigmoid"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let only = std::env::args().nth(1);
    if let Some(part) = only.as_deref().filter(|part| !PARTS.contains(part)) {
        return Err(format!("{part}: expected one of {}", PARTS.join(", ")).into());
    }
    let asked = |part| only.as_deref().is_none_or(|only| only == part);
    let cifar = cifar10::load()?;
    println!("{cifar}");
    let split = cifar.split(49000, 1000, 1000);

    if asked("two-layer") {
        println!("\ntwo layers, 10 epochs; the course's best validation accuracy is 0.522, 0.50 is asked");
        let config = TwoLayerConfig { weight_scale: 1e-3, ..TwoLayerConfig::default() };
        train_by_solver(&mut TwoLayerNet::new(&config, &mut RandomState::new(0)), &split, 10);
    }
    if asked("three-layer") {
        println!("\nthree layers, 20 epochs; the course ends at a validation accuracy of 0.513");
        train_by_solver(&mut ThreeLayerNet::new(&ThreeLayerConfig::default(), &mut RandomState::new(0)), &split, 20);
    }
    if asked("sigmoid") {
        println!(
            "\n100-100 sigmoids, N(0, 1), Adam, 10 epochs; the course ends at cost 1.9334, validation accuracy 0.311"
        );
        train_sigmoid(&split, 10);
    }
    Ok(())
}

/// Gradient descent with the rate 0.001, times 0.95 after each epoch, in batches of 100.
fn train_by_solver(model: &mut dyn Model, split: &Split, num_epochs: usize) {
    let started = Instant::now();
    let settings = SolverSettings {
        lr_decay: 0.95,
        num_epochs,
        print_every: 0,
        ..SolverSettings::new(sgd, OptimConfig::new(1e-3))
    };
    let mut solver = Solver::new(settings);
    solver.train(model, &split.train, &split.validation, &mut RandomState::new(1));
    println!(
        "validation accuracy: last {:.3}, best {:.3}; test {:.3}  ({:.0} s)",
        solver.val_acc_history.last().copied().unwrap_or(f64::NAN),
        solver.best_val_acc().unwrap_or(f64::NAN),
        nnlib::solver::measure(model, &split.test),
        started.elapsed().as_secs_f64()
    );
}

/// Batches of 100 in the order of the set, as the course takes them; every weight and bias is first drawn from N(0, 1).
fn train_sigmoid(split: &Split, num_epochs: usize) {
    let started = Instant::now();
    let mut rng = RandomState::new(0);
    let mut draw =
        |rows: usize, columns: usize| (Tensor::from(rng.randn((rows, columns))), Tensor::from(rng.randn(columns)));
    let params: Vec<(Tensor, Tensor)> = vec![draw(3072, 100), draw(100, 100), draw(100, 10)];
    let optimizer = optimizers::adam(1e-3, 0.9, 0.999, 1e-8);
    let mut state = optimizer.init(params);

    let scores = |params: &[(Tensor, Tensor)], inputs: &Tensor| {
        let hidden = params[..2].iter().fold(inputs.clone(), |inputs, (w, b)| (inputs.dot(w) + b).sigmoid());
        hidden.dot(&params[2].0) + &params[2].1
    };
    let batch = |images: &cifar10::CenteredImages, indices: &[usize]| -> (Tensor, Array1<usize>) {
        let (x, y) = images.batch(indices);
        (Tensor::from(x).reshape(&[y.len(), 3072]), y)
    };
    let num_batches = split.train.len() / 100;
    for epoch in 1..=num_epochs {
        let mut cost = 0.0;
        for step in 0..num_batches {
            let (inputs, labels) = batch(&split.train, &(100 * step..100 * (step + 1)).collect::<Vec<_>>());
            let targets = Tensor::from(one_hot(&labels, 10));
            let (loss, grads) = gradient_at(state.params(), |params| {
                -(&targets * scores(params, &inputs).log_softmax(1)).sum_axis(1).mean()
            });
            cost += f64::from(loss.item()) / num_batches as f64;
            state = optimizer.update((epoch - 1) * num_batches + step, &grads, state);
        }
        let (inputs, labels) = batch(&split.validation, &(0..split.validation.len()).collect::<Vec<_>>());
        let predicted = scores(state.params(), &inputs).argmax_axis(1);
        let right = predicted.iter().zip(&labels).filter(|(predicted, label)| predicted == label).count();
        println!("epoch {epoch}: cost {cost:.4}, validation accuracy {:.3}", right as f64 / labels.len() as f64);
    }
    println!("({:.0} s)", started.elapsed().as_secs_f64());
}
