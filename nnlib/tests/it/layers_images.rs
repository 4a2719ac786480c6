//! Layers of images: convolution, pooling, flattening; and dropout.
//!
//! `fixtures/layers/jax.json` holds JAX's results, written by `fixtures/layers/make_fixture.py`. Its numbers are such
//! that sums of their products are exact, so ours must be equal and not merely near.

use super::checks::{assert_close, panic_message};
use ndarray::{Array, Array4, ArrayD, array};
use nnlib::gradient_check::eval_numerical_gradient_array;
use nnlib::layers::{
    Mode, Padding, conv_backward, conv_forward, dropout_backward, dropout_forward, flatten_backward, flatten_forward,
    max_pool_backward, max_pool_forward,
};
use nnlib::rng::RandomState;
use serde_json::Value;

/// `numbers` of the fixture's program.
fn numbers(shape: &[usize], step: i64, modulus: i64, unit: f64) -> ArrayD<f64> {
    let count = shape.iter().product::<usize>() as i64;
    let numbers = (0..count).map(|i| ((step * i) % modulus - modulus / 2) as f64 * unit).collect();
    ArrayD::from_shape_vec(shape, numbers).unwrap()
}

fn cases(layer: &str) -> Vec<Value> {
    let mut fixture: Value = serde_json::from_str(include_str!("../fixtures/layers/jax.json")).expect("valid JSON");
    match fixture[layer].take() {
        Value::Array(cases) if !cases.is_empty() => cases,
        other => panic!("expected cases of {layer}, found {other}"),
    }
}

fn whole(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

fn shape(value: &Value) -> Vec<usize> {
    value.as_array().expect("a shape").iter().map(whole).collect()
}

#[track_caller]
fn assert_equals(array: &ArrayD<f64>, expected: &Value) {
    let expected: Vec<f64> =
        expected.as_array().expect("numbers").iter().map(|number| number.as_f64().unwrap()).collect();
    assert_eq!(array.iter().copied().collect::<Vec<_>>(), expected);
}

fn random(seed: u32, shape: &[usize]) -> ArrayD<f64> {
    RandomState::new(seed).randn(shape)
}

#[test]
fn convolution_equals_jax() {
    for case in cases("conv") {
        let (x_shape, w_shape) = (shape(&case["x"]), shape(&case["w"]));
        let padding = if case["padding"] == "SAME" { Padding::Same } else { Padding::Valid };
        let (x, w) = (numbers(&x_shape, 7, 11, 0.125), numbers(&w_shape, 5, 13, 0.25));
        let b = numbers(&w_shape[..1], 3, 5, 0.5);
        let (out, cache) = conv_forward(&x, &w, &b, whole(&case["stride"]), padding);
        assert_equals(&out, &case["out"]);
        let (dx, dw, db) = conv_backward(&numbers(out.shape(), 3, 7, 0.5), &cache);
        assert_eq!((dx.shape(), dw.shape()), (&x_shape[..], &w_shape[..]));
        assert_equals(&dx, &case["dx"]);
        assert_equals(&dw, &case["dw"]);
        assert_equals(&db, &case["db"]);
    }
}

#[test]
fn max_pooling_equals_jax_ties_included() {
    for case in cases("max_pool") {
        let (x_shape, window) = (shape(&case["x"]), shape(&case["window"]));
        let x = numbers(&x_shape, 7, 11, 0.125);
        let (out, cache) = max_pool_forward(&x, (window[0], window[1]), whole(&case["stride"]));
        assert_equals(&out, &case["out"]);
        let dx = max_pool_backward(&numbers(out.shape(), 3, 7, 0.5), &cache);
        assert_eq!(dx.shape(), x_shape);
        assert_equals(&dx, &case["dx"]);
    }
}

/// The convolution as its formula says it: six loops, over an image with its zeros around it.
fn naive_conv(x: &ArrayD<f64>, w: &ArrayD<f64>, b: &ArrayD<f64>, stride: usize, zeros: [usize; 4]) -> ArrayD<f64> {
    let [top, bottom, left, right] = zeros;
    let ([n, c, height, width], [f, _, rows, columns]) =
        ([0, 1, 2, 3].map(|axis| x.shape()[axis]), [0, 1, 2, 3].map(|axis| w.shape()[axis]));
    let mut padded = Array4::zeros((n, c, top + height + bottom, left + width + right));
    padded.slice_mut(ndarray::s![.., .., top..top + height, left..left + width]).assign(x);
    let places = |size: usize, window: usize| (size - window) / stride + 1;
    let down = places(padded.shape()[2], rows);
    let across = places(padded.shape()[3], columns);
    let mut out = Array4::zeros((n, f, down, across));
    for ((n, f, i, j), out) in out.indexed_iter_mut() {
        *out = b[f];
        for c in 0..c {
            for p in 0..rows {
                for q in 0..columns {
                    *out += w[[f, c, p, q]] * padded[[n, c, i * stride + p, j * stride + q]];
                }
            }
        }
    }
    out.into_dyn()
}

#[test]
fn convolution_equals_its_formula() {
    let (x, b) = (random(1, &[3, 2, 8, 9]), random(3, &[4]));
    // Zeros above, below, left and right, as TensorFlow's notes say.
    for (size, stride, padding, zeros) in [
        ([3, 3], 1, Padding::Valid, [0, 0, 0, 0]),
        ([8, 9], 1, Padding::Valid, [0, 0, 0, 0]),
        ([1, 2], 3, Padding::Valid, [0, 0, 0, 0]),
        ([3, 3], 1, Padding::Same, [1, 1, 1, 1]),
        ([2, 4], 1, Padding::Same, [0, 1, 1, 2]),
        ([3, 3], 2, Padding::Same, [0, 1, 1, 1]),
        ([5, 4], 4, Padding::Same, [0, 1, 1, 2]),
        // The stride jumps over pixels: nothing is added.
        ([1, 1], 5, Padding::Same, [0, 0, 0, 0]),
    ] {
        let w = random(2, &[4, 2, size[0], size[1]]);
        let (out, _) = conv_forward(&x, &w, &b, stride, padding);
        assert_close(&out, &naive_conv(&x, &w, &b, stride, zeros), 1e-13);
    }
}

#[test]
fn gradients_of_convolution_equal_central_differences() {
    let (x, w, b) = (random(1, &[2, 2, 5, 4]), random(2, &[3, 2, 3, 2]), random(3, &[3]));
    for (stride, padding) in [(1, Padding::Same), (2, Padding::Same), (2, Padding::Valid)] {
        let (out, cache) = conv_forward(&x, &w, &b, stride, padding);
        let dout = random(4, out.shape());
        let (dx, dw, db) = conv_backward(&dout, &cache);
        assert_close(
            &dx,
            &eval_numerical_gradient_array(|x| conv_forward(x, &w, &b, stride, padding).0, &x, &dout, 1e-5),
            1e-8,
        );
        assert_close(
            &dw,
            &eval_numerical_gradient_array(|w| conv_forward(&x, w, &b, stride, padding).0, &w, &dout, 1e-5),
            1e-8,
        );
        assert_close(
            &db,
            &eval_numerical_gradient_array(|b| conv_forward(&x, &w, b, stride, padding).0, &b, &dout, 1e-5),
            1e-8,
        );
    }
}

#[test]
fn gradients_of_max_pooling_equal_central_differences() {
    let x = random(1, &[2, 3, 7, 6]);
    for (window, stride) in [((2, 2), 2), ((3, 2), 1)] {
        let (out, cache) = max_pool_forward(&x, window, stride);
        let dout = random(2, out.shape());
        let expected = eval_numerical_gradient_array(|x| max_pool_forward(x, window, stride).0, &x, &dout, 1e-5);
        assert_close(&max_pool_backward(&dout, &cache), &expected, 1e-9);
    }
}

#[test]
fn arrays_in_any_order_of_memory_are_the_same_to_layers_of_images() {
    let (x, w, b) = (random(1, &[2, 3, 5, 5]), random(2, &[4, 3, 2, 2]), random(3, &[4]));
    let transposed = |array: &ArrayD<f64>| {
        let array = array.t().as_standard_layout().into_owned();
        array.reversed_axes()
    };
    let (out, cache) = conv_forward(&x, &w, &b, 1, Padding::Same);
    let (same, other_cache) = conv_forward(&transposed(&x), &transposed(&w), &b, 1, Padding::Same);
    assert_eq!(out, same);
    assert_eq!(conv_backward(&out, &cache), conv_backward(&transposed(&out), &other_cache));
    assert_eq!(max_pool_forward(&x, (2, 2), 2).0, max_pool_forward(&transposed(&x), (2, 2), 2).0);
    let (flat, cache) = flatten_forward(&transposed(&x));
    assert_eq!(flat, flatten_forward(&x).0);
    assert_eq!(flatten_backward(&transposed(&flat), &cache), x);
}

#[test]
fn no_samples_are_no_trouble() {
    let none = ArrayD::zeros(vec![0, 2, 4, 4]);
    let (out, cache) = conv_forward(&none, &random(1, &[3, 2, 3, 3]), &random(2, &[3]), 1, Padding::Same);
    assert_eq!(out.shape(), [0, 3, 4, 4]);
    let (dx, dw, db) = conv_backward(&out, &cache);
    assert_eq!((dx.shape(), dw.sum(), db.sum()), (none.shape(), 0.0, 0.0));
    assert_eq!(max_pool_forward(&none, (2, 2), 2).0.shape(), [0, 2, 2, 2]);
    assert_eq!(flatten_forward(&none).0.shape(), [0, 32]);
}

#[test]
fn a_window_with_nan_gives_nan() {
    let x = array![[[[1.0, f64::NAN, 2.0, 3.0]]]].into_dyn();
    let (out, cache) = max_pool_forward(&x, (1, 2), 2);
    assert!(out[[0, 0, 0, 0]].is_nan());
    assert_eq!(out[[0, 0, 0, 1]], 3.0);
    let dx = max_pool_backward(&array![[[[5.0, 7.0]]]].into_dyn(), &cache);
    assert_eq!(dx, array![[[[0.0, 5.0, 0.0, 7.0]]]].into_dyn());
}

#[test]
fn flattening_keeps_samples_apart_and_comes_back() {
    let x = numbers(&[2, 3, 2, 2], 1, 100, 1.0);
    let (out, cache) = flatten_forward(&x);
    assert_eq!(out, numbers(&[2, 12], 1, 100, 1.0));
    assert_eq!(flatten_backward(&out, &cache), x);
    assert_eq!(flatten_forward(&array![1.0, 2.0].into_dyn()).0, array![[1.0], [2.0]].into_dyn());
}

#[test]
fn dropout_draws_numpys_mask_and_keeps_the_mean() {
    // rng = np.random.RandomState(0); (rng.rand(2, 4) < 1 - 0.4) / (1 - 0.4)
    let kept = 1.0 / (1.0 - 0.4);
    let x = array![[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]].into_dyn();
    let (out, cache) = dropout_forward(&x, 0.4, Mode::Train, &mut RandomState::new(0));
    let mask = array![[kept, 0.0, 0.0, kept], [kept, 0.0, kept, 0.0]].into_dyn();
    assert_eq!(out, &x * &mask);
    assert_eq!(dropout_backward(&x, &cache), &x * &mask);

    let x = Array::ones(vec![100, 1000]);
    let (out, _) = dropout_forward(&x, 0.25, Mode::Train, &mut RandomState::new(7));
    let dropped = out.iter().filter(|&&out| out == 0.0).count() as f64 / 1e5;
    // Five standard deviations of a fraction of 100,000: sqrt(0.25 * 0.75 / 1e5) is 0.0014.
    assert!((dropped - 0.25).abs() < 0.007, "{dropped}");
    assert!((out.mean().unwrap() - 1.0).abs() < 0.01);
}

#[test]
fn dropout_leaves_alone_what_it_should() {
    let x = random(1, &[3, 4]);
    let mut rng = RandomState::new(5);
    let (out, cache) = dropout_forward(&x, 0.9, Mode::Test, &mut rng);
    assert_eq!((&out, &dropout_backward(&x, &cache)), (&x, &x));
    assert_eq!(rng.random_sample(), RandomState::new(5).random_sample());
    assert_eq!(dropout_forward(&x, 0.0, Mode::Train, &mut rng).0, x);
}

#[test]
fn wrong_shapes_of_convolution_are_named() {
    let (x, w, b) = (random(1, &[2, 3, 5, 5]), random(2, &[4, 3, 2, 2]), random(3, &[4]));
    let of = |x: &ArrayD<f64>, w: &ArrayD<f64>, b: &ArrayD<f64>, stride, padding| {
        panic_message(|| conv_forward(x, w, b, stride, padding))
    };
    let (valid, same) = (Padding::Valid, Padding::Same);
    let large = random(2, &[4, 3, 2, 6]);
    for (message, expected) in [
        (of(&random(1, &[2, 75]), &w, &b, 1, valid), "`x` has shape [2, 75], expected (N, C, H, W)"),
        (
            of(&x, &random(2, &[3, 4, 2, 2]), &b, 1, valid),
            "`w` has shape [3, 4, 2, 2], expected [F, 3, HH, WW] (C is 3 from `x`)",
        ),
        (
            of(&x, &random(2, &[12, 4]), &b, 1, valid),
            "`w` has shape [12, 4], expected [F, 3, HH, WW] (C is 3 from `x`)",
        ),
        (of(&x, &w, &random(3, &[3]), 1, valid), "`b` has shape [3], expected [4] (a bias for each filter of `w`)"),
        (of(&x, &w, &b, 0, same), "`stride` is 0, expected at least 1"),
        (of(&x, &large, &b, 1, valid), "`w` covers 2x6 pixels, expected at most the 5x5 of `x`"),
        (of(&x, &random(2, &[4, 3, 0, 2]), &b, 1, same), "`w` covers 0x2 pixels, expected at least 1x1"),
    ] {
        assert_eq!(message, format!("conv_forward: {expected}"));
    }
    let (_, cache) = conv_forward(&x, &w, &b, 1, valid);
    assert_eq!(
        panic_message(|| conv_backward(&x, &cache)),
        "conv_backward: `dout` has shape [2, 3, 5, 5], expected [2, 4, 4, 4] (the shape of the layer's output)"
    );
}

#[test]
fn wrong_shapes_of_the_others_are_named() {
    let x = random(1, &[2, 3, 5, 5]);
    let (matrix, scalar) = (random(1, &[2, 75]), ArrayD::zeros(vec![]));
    let mut rng = RandomState::new(0);
    let (pool, flat) = (max_pool_forward(&x, (2, 2), 2).1, flatten_forward(&x).1);
    let dropped = [Mode::Train, Mode::Test].map(|mode| dropout_forward(&x, 0.5, mode, &mut rng).1);
    for (message, expected) in [
        (
            panic_message(|| max_pool_forward(&matrix, (2, 2), 2)),
            "max_pool_forward: `x` has shape [2, 75], expected (N, C, H, W)",
        ),
        (
            panic_message(|| max_pool_forward(&x, (6, 2), 2)),
            "max_pool_forward: `window` covers 6x2 pixels, expected at most the 5x5 of `x`",
        ),
        (panic_message(|| max_pool_forward(&x, (2, 2), 0)), "max_pool_forward: `stride` is 0, expected at least 1"),
        (
            panic_message(|| max_pool_backward(&x, &pool)),
            "max_pool_backward: `dout` has shape [2, 3, 5, 5], expected [2, 3, 2, 2] (the shape of the layer's output)",
        ),
        (panic_message(|| flatten_forward(&scalar)), "flatten_forward: `x` has shape [], expected (N, d_1, ..., d_k)"),
        (
            panic_message(|| flatten_backward(&x, &flat)),
            "flatten_backward: `dout` has shape [2, 3, 5, 5], expected [2, 75] (the shape of the layer's output)",
        ),
        (
            panic_message(|| dropout_backward(&matrix, &dropped[0])),
            "dropout_backward: `dout` has shape [2, 75], expected [2, 3, 5, 5] (the shape of `x`)",
        ),
        (
            panic_message(|| dropout_backward(&matrix, &dropped[1])),
            "dropout_backward: `dout` has shape [2, 75], expected [2, 3, 5, 5] (the shape of `x`)",
        ),
        (
            panic_message(|| dropout_forward(&x, 1.0, Mode::Train, &mut RandomState::new(0))),
            "dropout_forward: `rate` is 1, expected 0 to below 1, the fraction dropped",
        ),
        (
            panic_message(|| dropout_forward(&x, f64::NAN, Mode::Test, &mut RandomState::new(0))),
            "dropout_forward: `rate` is NaN, expected 0 to below 1, the fraction dropped",
        ),
    ] {
        assert_eq!(message, expected);
    }
}
