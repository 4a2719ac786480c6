//! Tests of the affine layer, the activations, batch normalization and the sandwiches: gradients against central
//! differences, corner cases, messages. The figures of the course texts are in `mlp_cifar10.rs` and `batchnorm_mlp.rs`.

use super::checks::{assert_close, panic_message};
use nnlib::gradient_check::{eval_numerical_gradient_array, rel_error};
use nnlib::layers::*;
use nnlib::ndarray::{Array, ArrayD, array};
use nnlib::rng::RandomState;

const H: f64 = 1e-5;

fn zeros(shape: &[usize]) -> ArrayD<f64> {
    ArrayD::zeros(shape)
}

#[test]
fn affine_gradients_of_every_rank_of_input() {
    let mut rng = RandomState::new(1);
    for shape in [vec![3], vec![3, 4], vec![3, 2, 2], vec![2, 2, 1, 3]] {
        let size = shape[1..].iter().product();
        let x = rng.randn(shape);
        let (w, b) = (rng.randn((size, 5)).into_dyn(), rng.randn(5).into_dyn());
        let dout = rng.randn((x.shape()[0], 5)).into_dyn();
        let (_, cache) = affine_forward(&x, &w, &b);
        let (dx, dw, db) = affine_backward(&dout, &cache);
        assert!(rel_error(&dx, &eval_numerical_gradient_array(|x| affine_forward(x, &w, &b).0, &x, &dout, H)) < 1e-8);
        assert!(rel_error(&dw, &eval_numerical_gradient_array(|w| affine_forward(&x, w, &b).0, &w, &dout, H)) < 1e-8);
        assert!(rel_error(&db, &eval_numerical_gradient_array(|b| affine_forward(&x, &w, b).0, &b, &dout, H)) < 1e-8);
    }
}

#[test]
fn affine_reads_arrays_of_any_memory_layout() {
    let mut rng = RandomState::new(2);
    let x = rng.randn((3, 2, 4)).into_dyn();
    let (w, b) = (rng.randn((8, 5)).into_dyn(), rng.randn(5).into_dyn());
    let dout = rng.randn((3, 5)).into_dyn();
    // The same numbers, column by column in memory.
    let columnwise = |array: &ArrayD<f64>| array.t().as_standard_layout().into_owned().reversed_axes();
    let (out, cache) = affine_forward(&x, &w, &b);
    let (other_out, other_cache) = affine_forward(&columnwise(&x), &columnwise(&w), &b);
    assert_close(&other_out, &out, 1e-14);
    let (dx, dw, db) = affine_backward(&dout, &cache);
    let (other_dx, other_dw, other_db) = affine_backward(&columnwise(&dout), &other_cache);
    assert_close(&other_dx, &dx, 1e-14);
    assert_close(&other_dw, &dw, 1e-14);
    assert_close(&other_db, &db, 1e-14);
}

#[test]
fn affine_of_no_samples() {
    let (out, cache) = affine_forward(&zeros(&[0, 3]), &zeros(&[3, 2]), &zeros(&[2]));
    assert_eq!(out.shape(), [0, 2]);
    let (dx, dw, _) = affine_backward(&out, &cache);
    assert_eq!((dx.shape(), dw), ([0, 3].as_slice(), zeros(&[3, 2])));
}

#[test]
fn activation_gradients() {
    let mut rng = RandomState::new(3);
    let x = rng.randn((4, 3, 2)).into_dyn();
    let dout = rng.randn((4, 3, 2)).into_dyn();
    let numerical = |f: fn(&ArrayD<f64>) -> ArrayD<f64>| eval_numerical_gradient_array(f, &x, &dout, H);
    let relu = numerical(|x| relu_forward(x).0);
    assert!(rel_error(&relu_backward(&dout, &relu_forward(&x).1), &relu) < 1e-9);
    let sigmoid = numerical(|x| sigmoid_forward(x).0);
    assert!(rel_error(&sigmoid_backward(&dout, &sigmoid_forward(&x).1), &sigmoid) < 1e-9);
    let tanh = numerical(|x| tanh_forward(x).0);
    assert!(rel_error(&tanh_backward(&dout, &tanh_forward(&x).1), &tanh) < 1e-9);
}

#[test]
fn relu_at_its_corner_and_of_what_is_no_number() {
    let (out, cache) = relu_forward(&array![0.0, -0.0, f64::NAN, f64::NEG_INFINITY, f64::INFINITY].into_dyn());
    assert_eq!(format!("{:?}", out.iter().collect::<Vec<_>>()), "[0.0, -0.0, NaN, 0.0, inf]");
    let dout = array![1.0, 1.0, 1.0, f64::INFINITY, 1.0].into_dyn();
    assert_eq!(relu_backward(&dout, &cache), array![0.0, 0.0, 0.0, 0.0, 1.0].into_dyn());
}

#[test]
fn batchnorm_gradients_in_both_modes() {
    let mut rng = RandomState::new(4);
    let x = (5.0 * rng.randn((6, 4)) + 12.0).into_dyn();
    let (gamma, beta) = (rng.randn(4).into_dyn(), rng.randn(4).into_dyn());
    let dout = rng.randn((6, 4)).into_dyn();
    // An eps of the variance's size: a gradient that counts it twice is far off.
    for (mode, eps) in [(Mode::Train, 1e-5), (Mode::Train, 10.0), (Mode::Test, 1e-5), (Mode::Test, 10.0)] {
        let (running_mean, running_var) = (Some(rng.randn(4).into_dyn()), Some(rng.rand(4).into_dyn() + 1.0));
        let bn_param = BatchNormParam { mode, eps, running_mean, running_var, ..BatchNormParam::default() };
        let forward = |x: &ArrayD<f64>, gamma: &ArrayD<f64>, beta: &ArrayD<f64>| {
            batchnorm_forward(x, gamma, beta, &mut bn_param.clone())
        };
        let (dx, dgamma, dbeta) = batchnorm_backward(&dout, &forward(&x, &gamma, &beta).1);
        let numerical = eval_numerical_gradient_array(|x| forward(x, &gamma, &beta).0, &x, &dout, H);
        assert!(rel_error(&dx, &numerical) < 1e-7, "{mode:?} {eps}: {}", rel_error(&dx, &numerical));
        let numerical = eval_numerical_gradient_array(|gamma| forward(&x, gamma, &beta).0, &gamma, &dout, H);
        assert!(rel_error(&dgamma, &numerical) < 1e-7);
        let numerical = eval_numerical_gradient_array(|beta| forward(&x, &gamma, beta).0, &beta, &dout, H);
        assert!(rel_error(&dbeta, &numerical) < 1e-7);
    }
}

#[test]
fn batchnorm_momentum_is_the_weight_of_the_old_average() {
    let x = array![[1.0, 10.0], [3.0, 10.0]].into_dyn();
    let ones = array![1.0, 1.0].into_dyn();
    let mut bn_param = BatchNormParam { momentum: 0.75, ..BatchNormParam::default() };
    batchnorm_forward(&x, &ones, &ones, &mut bn_param);
    assert_eq!(bn_param.running_mean, Some(array![0.5, 2.5].into_dyn()));
    assert_eq!(bn_param.running_var, Some(array![0.25, 0.0].into_dyn()));
    batchnorm_forward(&x, &ones, &ones, &mut bn_param);
    assert_eq!(bn_param.running_mean, Some(array![0.875, 4.375].into_dyn()));
    // To test, they are used and stay.
    bn_param.mode = Mode::Test;
    let before = bn_param.clone();
    let (out, _) = batchnorm_forward(&x, &ones, &ones, &mut bn_param);
    assert_eq!(bn_param, before);
    assert_eq!(out[[0, 0]], (1.0 - 0.875) * (1.0 / (0.4375_f64 + 1e-5).sqrt()) + 1.0);
}

#[test]
fn batchnorm_of_a_constant_column_is_its_shift() {
    let x = array![[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]].into_dyn();
    let beta = array![7.0, 8.0].into_dyn();
    let (out, cache) = batchnorm_forward(&x, &array![2.0, 2.0].into_dyn(), &beta, &mut BatchNormParam::default());
    assert_close(&out.index_axis(ndarray::Axis(1), 0).to_owned().into_dyn(), &array![7.0, 7.0, 7.0].into_dyn(), 1e-12);
    let (dx, _, _) = batchnorm_backward(&Array::ones((3, 2)).into_dyn(), &cache);
    assert!(dx.iter().all(|value| value.is_finite()));
}

#[test]
fn sandwich_gradients() {
    let mut rng = RandomState::new(5);
    let x = rng.randn((5, 2, 3)).into_dyn();
    let (w, b) = (rng.randn((6, 4)).into_dyn(), rng.randn(4).into_dyn());
    let (gamma, beta) = (rng.randn(4).into_dyn(), rng.randn(4).into_dyn());
    let dout = rng.randn((5, 4)).into_dyn();
    let forward = |x: &_, w: &_, b: &_, gamma: &_, beta: &_| {
        affine_batchnorm_relu_forward(x, w, b, gamma, beta, &mut BatchNormParam::default())
    };
    let grads = affine_batchnorm_relu_backward(&dout, &forward(&x, &w, &b, &gamma, &beta).1);
    let numerical = eval_numerical_gradient_array(|x| forward(x, &w, &b, &gamma, &beta).0, &x, &dout, H);
    assert!(rel_error(&grads.dx, &numerical) < 1e-7);
    let numerical = eval_numerical_gradient_array(|w| forward(&x, w, &b, &gamma, &beta).0, &w, &dout, H);
    assert!(rel_error(&grads.dw, &numerical) < 1e-7);
    let numerical = eval_numerical_gradient_array(|gamma| forward(&x, &w, &b, gamma, &beta).0, &gamma, &dout, H);
    assert!(rel_error(&grads.dgamma, &numerical) < 1e-7);
    let numerical = eval_numerical_gradient_array(|beta| forward(&x, &w, &b, &gamma, beta).0, &beta, &dout, H);
    assert!(rel_error(&grads.dbeta, &numerical) < 1e-7);
    assert_close(&grads.db, &zeros(&[4]), 1e-14);
}

#[test]
fn misuse_says_what_was_wrong() {
    let affine =
        |x: &[usize], w: &[usize], b: &[usize]| panic_message(|| affine_forward(&zeros(x), &zeros(w), &zeros(b)));
    assert_eq!(affine(&[], &[1, 5], &[5]), "affine_forward: `x` has shape [], expected (N, d_1, ..., d_k)");
    assert_eq!(
        affine(&[10, 2, 6], &[6, 5], &[5]),
        "affine_forward: `w` has shape [6, 5], expected [12, M] (D is 2 * 6 from `x`)"
    );
    assert_eq!(affine(&[10], &[5], &[5]), "affine_forward: `w` has shape [5], expected [1, M] (D is 1 from `x`)");
    assert_eq!(
        affine(&[10, 6], &[6, 5], &[1, 5]),
        "affine_forward: `b` has shape [1, 5], expected [5] (a bias for each column of `w`)"
    );
    let (_, cache) = affine_forward(&zeros(&[10, 6]), &zeros(&[6, 5]), &zeros(&[5]));
    assert_eq!(
        panic_message(|| affine_backward(&zeros(&[10, 6]), &cache)),
        "affine_backward: `dout` has shape [10, 6], expected [10, 5] (the shape of the layer's output)"
    );

    let x = zeros(&[2, 3]);
    let dout = zeros(&[3, 2]);
    let expected = |function| format!("{function}: `dout` has shape [3, 2], expected [2, 3] (the shape of `x`)");
    assert_eq!(panic_message(|| relu_backward(&dout, &relu_forward(&x).1)), expected("relu_backward"));
    assert_eq!(panic_message(|| sigmoid_backward(&dout, &sigmoid_forward(&x).1)), expected("sigmoid_backward"));
    assert_eq!(panic_message(|| tanh_backward(&dout, &tanh_forward(&x).1)), expected("tanh_backward"));

    let fresh = BatchNormParam::default;
    let batchnorm = |x: &[usize], gamma: &[usize], beta: &[usize], mut bn_param: BatchNormParam| {
        panic_message(|| batchnorm_forward(&zeros(x), &zeros(gamma), &zeros(beta), &mut bn_param))
    };
    assert_eq!(
        batchnorm(&[2, 3, 4], &[3], &[3], fresh()),
        "batchnorm_forward: `x` has shape [2, 3, 4], expected (N, D)"
    );
    assert_eq!(
        batchnorm(&[0, 3], &[3], &[3], fresh()),
        "batchnorm_forward: `x` has shape [0, 3], expected (N, D) with at least one sample to train on"
    );
    assert_eq!(
        batchnorm(&[2, 3], &[2], &[3], fresh()),
        "batchnorm_forward: `gamma` has shape [2], expected [3] (a scale for each column of `x`)"
    );
    assert_eq!(
        batchnorm(&[2, 3], &[3], &[2], fresh()),
        "batchnorm_forward: `beta` has shape [2], expected [3] (a shift for each column of `x`)"
    );
    assert_eq!(
        batchnorm(&[2, 3], &[3], &[3], BatchNormParam { running_mean: Some(zeros(&[2])), ..fresh() }),
        "batchnorm_forward: `running_mean` has shape [2], expected [3] (a number for each column of `x`)"
    );
    assert_eq!(
        batchnorm(&[2, 3], &[3], &[3], BatchNormParam { running_var: Some(zeros(&[2])), ..fresh() }),
        "batchnorm_forward: `running_var` has shape [2], expected [3] (a number for each column of `x`)"
    );
    assert_eq!(
        batchnorm(&[2, 3], &[3], &[3], BatchNormParam { eps: -1e-5, ..fresh() }),
        "batchnorm_forward: `eps` is -0.00001, expected 0 or more"
    );
    assert_eq!(
        batchnorm(&[2, 3], &[3], &[3], BatchNormParam { momentum: 1.5, ..fresh() }),
        "batchnorm_forward: `momentum` is 1.5, expected 0 to 1 (the weight of the old average)"
    );
    let features = zeros(&[3]);
    let (_, cache) = batchnorm_forward(&x, &features, &features, &mut fresh());
    assert_eq!(panic_message(|| batchnorm_backward(&dout, &cache)), expected("batchnorm_backward"));

    let w = zeros(&[3, 3]);
    let expected = |function| format!("{function}: `dout` has shape [3, 2], expected [2, 3] (the shape of the output)");
    let (_, cache) = affine_relu_forward(&x, &w, &features);
    assert_eq!(panic_message(|| affine_relu_backward(&dout, &cache)), expected("affine_relu_backward"));
    let (_, cache) = affine_batchnorm_relu_forward(&x, &w, &features, &features, &features, &mut fresh());
    let message = panic_message(|| affine_batchnorm_relu_backward(&dout, &cache));
    assert_eq!(message, expected("affine_batchnorm_relu_backward"));
}
