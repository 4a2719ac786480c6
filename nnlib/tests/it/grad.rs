//! Tests of `nnlib::grad`.

mod differences;
mod jax;
mod messages;
mod tape;

use nnlib::grad::Tensor;
use nnlib::ndarray::ArrayD;
use serde_json::Value;

/// The tensor that a fixture's program wrote.
pub fn tensor(json: &Value) -> Tensor {
    let numbers = |name: &str| json[name].as_array().expect("a list").iter();
    let shape: Vec<usize> = numbers("shape").map(|length| length.as_u64().expect("a length") as usize).collect();
    let data: Vec<f32> = numbers("data").map(|number| number.as_f64().expect("a number") as f32).collect();
    Tensor::from(ArrayD::from_shape_vec(shape, data).expect("as many numbers as the shape has entries"))
}

/// Asserts that the shapes are equal, and no entry differs by more than `tolerance` of the largest expected entry.
#[track_caller]
pub fn assert_close(what: &str, found: &Tensor, expected: &Tensor, tolerance: f32) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    let scale = expected.value().iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    for ((index, found), expected) in found.value().indexed_iter().zip(expected.value()) {
        let near = (found - expected).abs() <= tolerance * scale;
        assert!(near, "{what}: entry {index:?} is {found}, expected {expected}");
    }
}
