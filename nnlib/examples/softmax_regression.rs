//! Softmax regression at the course's full settings: what each gradient reaches, with all images or a few at each step.
//!
//! ```text
//! NNLIB_DATA=~/data cargo run -p nnlib --example softmax_regression
//! ```
//!
//! About fifteen minutes on two cores. Arguments: `full-batch` or `mini-batch` runs that half alone; a number divides the iterations
//! and epochs, `10` for a first look.

use nnlib::data::{ImageSet, mnist};
use nnlib::models::{FullBatch, MiniBatch, SoftmaxGradient, SoftmaxRegression};
use nnlib::optim::LinearDecay;
use nnlib::rng::RandomState;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut divisor, mut halves) = (1, vec!["full-batch", "mini-batch"]);
    for argument in std::env::args().skip(1) {
        match (argument.as_str(), argument.parse::<usize>()) {
            ("full-batch", _) => halves = vec!["full-batch"],
            ("mini-batch", _) => halves = vec!["mini-batch"],
            (_, Ok(number)) if number > 0 => divisor = number,
            _ => return Err(format!("expected `full-batch`, `mini-batch` or a number, found `{argument}`").into()),
        }
    }
    let mnist = mnist::load()?;
    println!("{}", mnist.origin);
    let (train, test) = (&mnist.train, &mnist.test);

    if halves.contains(&"full-batch") {
        println!("\nall images at each step: test accuracy, and where the test cost was lowest");
        for gradient in [SoftmaxGradient::DiagonalOnly, SoftmaxGradient::FullJacobian] {
            for learning_rate in [0.01, 0.02, 0.03] {
                full_batch(train, test, gradient, learning_rate, 3000 / divisor);
            }
        }
        full_batch(train, test, SoftmaxGradient::FullJacobian, 0.5, 1000 / divisor);
        full_batch(train, test, SoftmaxGradient::FullJacobian, 0.5, 3000 / divisor);
    }
    if halves.contains(&"mini-batch") {
        println!("\na few images at each step");
        for gradient in [SoftmaxGradient::DiagonalOnly, SoftmaxGradient::FullJacobian] {
            for batch_size in [150, 1500] {
                mini_batch(train, test, gradient, batch_size, 300 / divisor);
            }
        }
    }
    Ok(())
}

fn full_batch(train: &ImageSet, test: &ImageSet, gradient: SoftmaxGradient, learning_rate: f64, num_iterations: usize) {
    let started = Instant::now();
    let mut model = SoftmaxRegression::new(784, 10, 0.02, &mut RandomState::new(0));
    let settings = FullBatch { learning_rate, num_iterations, gradient, ..FullBatch::default() };
    let history = model.train_full_batch(train, test, &settings);
    println!(
        "{gradient:?}, rate {learning_rate}, {num_iterations} iterations: {:.2} %, lowest cost at {}  ({:.0} s)",
        100.0 * model.evaluate(test).accuracy,
        history.iteration_of_lowest_test_cost().unwrap_or(0),
        started.elapsed().as_secs_f64()
    );
}

fn mini_batch(train: &ImageSet, test: &ImageSet, gradient: SoftmaxGradient, batch_size: usize, num_epochs: usize) {
    let started = Instant::now();
    let mut rng = RandomState::new(0);
    let mut model = SoftmaxRegression::new(784, 10, 0.01, &mut rng);
    let num_steps = train.len() / batch_size - 5;
    let settings = MiniBatch {
        batch_size,
        num_epochs,
        learning_rate: LinearDecay { initial: 0.01, last: 0.0001, num_steps },
        gradient,
        ..MiniBatch::default()
    };
    model.train_mini_batch(train, test, &settings, &mut rng);
    println!(
        "{gradient:?}, batches of {batch_size}, {num_epochs} epochs: {:.2} %  ({:.0} s)",
        100.0 * model.evaluate(test).accuracy,
        started.elapsed().as_secs_f64()
    );
}
