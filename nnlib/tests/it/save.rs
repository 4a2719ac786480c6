//! Tests of `nnlib::save`: what is written is read, what NumPy and safetensors write is read, and nothing else is.
//!
//! The files of `fixtures/save` are written by its `make_fixture.py`.

mod archive;
mod npz;
mod safetensors;

use std::collections::BTreeMap;

use ndarray::{Array, ArrayD, IxDyn, arr0, array};
use nnlib::parameters::Parameters;

/// `W1` of the fixtures.
fn w1() -> ArrayD<f64> {
    Array::from_shape_fn((3, 2), |(i, j)| (2 * i + j) as f64 / 4.0 - 0.1).into_dyn()
}

/// What every good fixture holds, as `f64`.
fn fixture() -> Parameters {
    let mut params = Parameters::new();
    params.insert("W1", w1());
    params.insert("b1", array![f64::from(0.1_f32), -2.5]);
    params.insert("scale", arr0(1e-3));
    params.insert("none", Array::zeros((0, 3)));
    params
}

/// Numbers of all kinds, names of all kinds, shapes of all kinds.
fn varied() -> Parameters {
    let mut params = Parameters::new();
    params.insert("", array![0.0, -0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY]);
    params.insert(
        "layers/0.W \"größe\"\n",
        Array::from_shape_fn((2, 3, 4, 5), |(a, b, c, d)| (a + b * c) as f64 / (1 + d) as f64),
    );
    // A view that does not lie row by row in memory.
    params.insert("transposed", w1().reversed_axes());
    params.insert("scalar", arr0(f64::EPSILON));
    params.insert("nothing", ArrayD::zeros(IxDyn(&[3, 0, 2])));
    params
}

fn varied_f32() -> BTreeMap<String, ArrayD<f32>> {
    varied().iter().map(|(name, array)| (name.to_owned(), array.mapv(|number| number as f32))).collect()
}
