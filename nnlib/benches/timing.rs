//! A training against the clock.

use crate::arguments::Options;
use crate::images::Images;
use crate::workloads::Workload;
use serde_json::{Value, json};
use std::time::Instant;

/// How often inference is timed; the first time may be slower.
const INFERENCES: usize = 3;

/// Trains, classifies the test images, and reports.
pub fn measure(workload: &mut dyn Workload, images: &Images, options: &Options, epochs: usize) -> Value {
    let mut epoch_seconds = Vec::new();
    let mut loss = f64::NAN;
    for _ in 0..epochs {
        let started = Instant::now();
        loss = workload.train_epoch();
        epoch_seconds.push(started.elapsed().as_secs_f64() / workload.part_of_epoch());
    }
    let mut inference_seconds = f64::INFINITY;
    let mut predicted = Vec::new();
    for _ in 0..INFERENCES {
        let started = Instant::now();
        predicted = workload.classify_test();
        inference_seconds = inference_seconds.min(started.elapsed().as_secs_f64());
    }
    let labels = images.test.labels();
    let right = predicted.iter().zip(labels).filter(|&(&class, &label)| class == usize::from(label)).count();
    json!({
        "workload": options.workload.to_string(),
        "program": "nnlib",
        "version": env!("CARGO_PKG_VERSION"),
        "data": images.origin,
        "batch": options.batch(),
        "width": options.width(),
        "epoch_seconds": epoch_seconds,
        "loss": loss,
        "accuracy": right as f64 / labels.len() as f64,
        "inference_seconds": inference_seconds,
        "peak_memory_kb": peak_memory_kb(),
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
    })
}

/// The most memory that this process has had resident; only Linux tells.
fn peak_memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.split_whitespace().next()?.parse().ok()
}
