//! Tests of `nnlib::sequential`.

mod keras;
mod messages;
mod model;
mod summary;
mod training;

use nnlib::ndarray::{Array1, ArrayD};
use nnlib::sequential::FitOptions;
use serde_json::Value;

/// What Keras computes; `fixtures/sequential/make_fixture.py` made it.
fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/sequential/keras.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// An array of the fixture.
fn array(value: &Value) -> ArrayD<f32> {
    let shape: Vec<usize> = numbers(&value["shape"]).iter().map(|&axis| axis as usize).collect();
    let values = numbers(&value["values"]).iter().map(|&value| value as f32).collect();
    ArrayD::from_shape_vec(shape, values).unwrap()
}

/// The labels of an array of the fixture.
fn labels(value: &Value) -> Array1<usize> {
    numbers(value).iter().map(|&label| label as usize).collect()
}

/// Named arrays of the fixture, as a model has them.
fn weights(value: &Value) -> Vec<(String, ArrayD<f32>)> {
    let named = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), array(&pair[1]));
    value.as_array().unwrap().iter().map(named).collect()
}

/// Options of a training that prints nothing.
fn silent<'a>() -> FitOptions<'a> {
    FitOptions { verbose: 0, ..FitOptions::default() }
}
