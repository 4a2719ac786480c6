//! One iteration of full-batch softmax regression at the size of MNIST: gradient and cost on 60,000 images, a step, cost
//! and accuracy on 10,000.
//!
//! `python nnlib/benches/softmax_regression.py` runs this and NumPy in turn, and prints the ratio.

use criterion::{Criterion, criterion_group, criterion_main};
use nnlib::data::digits;
use nnlib::models::{FullBatch, SoftmaxRegression};
use nnlib::rng::RandomState;

fn full_batch(criterion: &mut Criterion) {
    let (train, test) = (digits::train_set(60_000), digits::test_set(10_000));
    let mut model = SoftmaxRegression::new(784, 10, 0.02, &mut RandomState::new(0));
    let settings = FullBatch { learning_rate: 0.5, num_iterations: 1, ..FullBatch::default() };
    criterion.bench_function("softmax_regression/full_batch_iteration", |bencher| {
        bencher.iter(|| model.train_full_batch(&train, &test, &settings));
    });
    // Linux keeps the peak of a process's resident memory here; elsewhere nothing is printed.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
        println!("peak memory: {}", peak.trim());
    }
}

criterion_group!(benches, full_batch);
criterion_main!(benches);
