//! The figures of a course text on multi-layer networks ("Multi-Layer Neural Nets", CIFAR-10): every number of it that does
//! not depend on an unknown seed. The text prints 9 to 12 digits; errors that it prints are bounds here, not values.

use super::checks::{assert_close, linspace};
use nnlib::gradient_check::{check_gradients, eval_numerical_gradient, eval_numerical_gradient_array, rel_error};
use nnlib::layers::*;
use nnlib::losses::softmax_loss;
use nnlib::models::{ThreeLayerConfig, ThreeLayerNet, TwoLayerConfig, TwoLayerNet};
use nnlib::ndarray::{Array1, ArrayD, array};
use nnlib::rng::RandomState;

const H: f64 = 1e-5;

/// "Affine layer: forward test": difference 9.7698e-10.
#[test]
fn affine_forward_of_linspaces() {
    let x = linspace(-0.1, 0.5, (2, 4, 5, 6));
    let w = linspace(-0.2, 0.3, (120, 3));
    let b = linspace(-0.3, 0.1, 3);
    let (out, _) = affine_forward(&x, &w, &b);
    let correct = array![[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]].into_dyn();
    assert_close(&out, &correct, 5e-9);
    assert!((rel_error(&out, &correct) - 9.769849e-10).abs() < 1e-14, "{:e}", rel_error(&out, &correct));
}

/// "Affine layer: backward test": dx 2.4e-10, dtheta 3.0e-10, dtheta0 1.9e-11 with some seed; at most 1e-9 asked.
#[test]
fn affine_backward_by_differences() {
    let mut rng = RandomState::new(231);
    let x = rng.randn((10, 2, 3)).into_dyn();
    let (w, b) = (rng.randn((6, 5)).into_dyn(), rng.randn(5).into_dyn());
    let dout = rng.randn((10, 5)).into_dyn();
    let (_, cache) = affine_forward(&x, &w, &b);
    let (dx, dw, db) = affine_backward(&dout, &cache);
    assert!(rel_error(&eval_numerical_gradient_array(|x| affine_forward(x, &w, &b).0, &x, &dout, H), &dx) < 1e-9);
    assert!(rel_error(&eval_numerical_gradient_array(|w| affine_forward(&x, w, &b).0, &w, &dout, H), &dw) < 1e-9);
    assert!(rel_error(&eval_numerical_gradient_array(|b| affine_forward(&x, &w, b).0, &b, &dout, H), &db) < 1e-9);
}

/// "ReLU layer: forward test": difference 4.999999798e-08.
#[test]
fn relu_forward_of_a_linspace() {
    let (out, _) = relu_forward(&linspace(-0.5, 0.5, (3, 4)));
    let correct =
        array![[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.04545455, 0.13636364], [0.22727273, 0.31818182, 0.40909091, 0.5]]
            .into_dyn();
    assert_close(&out, &correct, 5e-9);
    assert!((rel_error(&out, &correct) - 4.999999798e-8).abs() < 1e-14, "{:e}", rel_error(&out, &correct));
}

/// "ReLU layer: backward test": around 1e-12.
#[test]
fn relu_backward_by_differences() {
    let mut rng = RandomState::new(231);
    let x = rng.randn((10, 10)).into_dyn();
    let dout = rng.randn((10, 10)).into_dyn();
    let dx = relu_backward(&dout, &relu_forward(&x).1);
    assert!(rel_error(&eval_numerical_gradient_array(|x| relu_forward(x).0, &x, &dout, H), &dx) < 1e-11);
}

/// "Sandwich layers": dx 6.9e-11, dtheta 1.8e-10, dtheta0 3.3e-12 with some seed.
#[test]
fn affine_relu_backward_by_differences() {
    let mut rng = RandomState::new(231);
    let x = rng.randn((2, 3, 4)).into_dyn();
    let (w, b) = (rng.randn((12, 10)).into_dyn(), rng.randn(10).into_dyn());
    let dout = rng.randn((2, 10)).into_dyn();
    let (dx, dw, db) = affine_relu_backward(&dout, &affine_relu_forward(&x, &w, &b).1);
    let forward = affine_relu_forward;
    assert!(rel_error(&eval_numerical_gradient_array(|x| forward(x, &w, &b).0, &x, &dout, H), &dx) < 1e-9);
    assert!(rel_error(&eval_numerical_gradient_array(|w| forward(&x, w, &b).0, &w, &dout, H), &dw) < 1e-9);
    assert!(rel_error(&eval_numerical_gradient_array(|b| forward(&x, &w, b).0, &b, &dout, H), &db) < 1e-9);
}

/// "Loss layers": the loss should be 2.3 (2.3026046 with some seed), the error 1e-8.
#[test]
fn softmax_loss_of_small_scores() {
    let mut rng = RandomState::new(0);
    let x = (0.001 * rng.randn((50, 10))).into_dyn();
    let y = rng.randint(0, 10, 50).mapv(|label| label as usize);
    let (loss, dx) = softmax_loss(&x, &y);
    assert!((loss - 10.0_f64.ln()).abs() < 1e-3);
    assert!(rel_error(&eval_numerical_gradient(|x| softmax_loss(x, &y).0, &x, H), &dx) < 5e-8);
}

/// The input of both networks' tests: `np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T`.
fn input() -> ArrayD<f64> {
    linspace(-5.5, 4.5, (5, 3)).reversed_axes()
}

fn labels() -> Array1<usize> {
    array![0, 5, 1]
}

/// The text's bound on the sum of all differences of the scores.
#[track_caller]
fn assert_scores(scores: &ArrayD<f64>, correct: ArrayD<f64>) {
    let difference = (scores - &correct).mapv(f64::abs).sum();
    assert!(difference < 1e-6, "{difference}");
    assert_close(scores, &correct, 5.1e-9);
}

fn standard_deviation(array: &ArrayD<f64>) -> f64 {
    array.std(0.0)
}

/// "Two-layer network", initialization: the deviations within a tenth of 0.01, the biases 0.
#[test]
fn two_layer_initialization() {
    let sizes = TwoLayerConfig { input_dim: 5, hidden_dim: 50, num_classes: 7, weight_scale: 1e-2, reg: 0.0 };
    let net = TwoLayerNet::new(&sizes, &mut RandomState::new(231));
    assert!((standard_deviation(&net.params["theta1"]) - 1e-2).abs() < 1e-3);
    assert!((standard_deviation(&net.params["theta2"]) - 1e-2).abs() < 1e-3);
    assert_eq!(net.params["theta1_0"], ArrayD::<f64>::zeros(vec![50]));
    assert_eq!(net.params["theta2_0"], ArrayD::<f64>::zeros(vec![7]));
    // The weights are `weight_scale * rng.randn(...)`, first layer first.
    let mut rng = RandomState::new(231);
    assert_eq!(net.params["theta1"], (1e-2 * rng.randn((5, 50))).into_dyn());
    assert_eq!(net.params["theta2"], (1e-2 * rng.randn((50, 7))).into_dyn());
    assert_eq!(
        TwoLayerConfig::default(),
        TwoLayerConfig { input_dim: 3072, hidden_dim: 100, num_classes: 10, weight_scale: 1e-3, reg: 0.0 }
    );
}

fn two_layer_net() -> TwoLayerNet {
    let sizes = TwoLayerConfig { input_dim: 5, hidden_dim: 50, num_classes: 7, ..TwoLayerConfig::default() };
    let mut net = TwoLayerNet::new(&sizes, &mut RandomState::new(0));
    net.params["theta1"] = linspace(-0.7, 0.3, (5, 50));
    net.params["theta1_0"] = linspace(-0.1, 0.9, 50);
    net.params["theta2"] = linspace(-0.3, 0.4, (50, 7));
    net.params["theta2_0"] = linspace(-0.9, 0.1, 7);
    net
}

/// "Two-layer network": the table of scores, and the losses 3.4702243556 and, with regularization 1, 26.5948426952.
#[test]
fn two_layer_scores_and_losses() {
    let mut net = two_layer_net();
    let correct = array![
        [11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096],
        [12.05769098, 12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143],
        [12.58373087, 13.20054771, 13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319]
    ];
    assert_scores(&net.scores(&input()), correct.into_dyn());
    assert!((net.loss(&input(), &labels()).0 - 3.4702243556).abs() < 1e-10);
    net.reg = 1.0;
    assert!((net.loss(&input(), &labels()).0 - 26.5948426952).abs() < 1e-10);
}

/// "Two-layer network": errors up to 2.5e-7, at theta1 with regularization 0.7.
#[test]
fn two_layer_gradients() {
    for reg in [0.0, 0.7] {
        let mut net = two_layer_net();
        net.reg = reg;
        let params = net.params.clone();
        let report = check_gradients(
            |params| {
                net.params.clone_from(params);
                net.loss(&input(), &labels())
            },
            &params,
            H,
        );
        assert!(report.max_error() < 1e-6, "reg {reg}\n{report}");
    }
}

/// "Three-layer network", initialization.
#[test]
fn three_layer_initialization() {
    let sizes = ThreeLayerConfig {
        input_dim: 5,
        hidden_dim_1: 50,
        hidden_dim_2: 30,
        num_classes: 7,
        weight_scale: 1e-2,
        reg: 0.0,
    };
    let net = ThreeLayerNet::new(&sizes, &mut RandomState::new(231));
    let mut rng = RandomState::new(231);
    for (name, shape) in [("theta1", (5, 50)), ("theta2", (50, 30)), ("theta3", (30, 7))] {
        assert!((standard_deviation(&net.params[name]) - 1e-2).abs() < 1e-3);
        assert_eq!(net.params[name], (1e-2 * rng.randn(shape)).into_dyn());
        assert_eq!(net.params[&format!("{name}_0")], ArrayD::<f64>::zeros(vec![shape.1]));
    }
    assert_eq!(
        ThreeLayerConfig::default(),
        ThreeLayerConfig { input_dim: 3072, hidden_dim_1: 100, hidden_dim_2: 100, num_classes: 10, ..sizes }
    );
}

fn three_layer_net() -> ThreeLayerNet {
    let sizes = ThreeLayerConfig {
        input_dim: 5,
        hidden_dim_1: 50,
        hidden_dim_2: 30,
        num_classes: 7,
        ..ThreeLayerConfig::default()
    };
    let mut net = ThreeLayerNet::new(&sizes, &mut RandomState::new(0));
    net.params["theta1"] = linspace(-0.7, 0.3, (5, 50));
    net.params["theta1_0"] = linspace(-0.1, 0.9, 50);
    net.params["theta2"] = linspace(-0.3, 0.4, (50, 30));
    net.params["theta2_0"] = linspace(-0.9, 0.1, 30);
    net.params["theta3"] = linspace(-0.3, 0.4, (30, 7));
    net.params["theta3_0"] = linspace(-0.9, 0.1, 7);
    net
}

/// "Three-layer network": the table of scores, and the losses 6.56064352723 and, with regularization 1, 59.1928674811.
#[test]
fn three_layer_scores_and_losses() {
    let mut net = three_layer_net();
    let correct = array![
        [24.7529953, 26.30758862, 27.86218194, 29.41677527, 30.97136859, 32.52596191, 34.08055524],
        [24.2416125, 25.82700689, 27.41240129, 28.99779568, 30.58319008, 32.16858448, 33.75397887],
        [23.7302297, 25.34642517, 26.96262063, 28.5788161, 30.19501157, 31.81120704, 33.42740251]
    ];
    assert_scores(&net.scores(&input()), correct.into_dyn());
    assert!((net.loss(&input(), &labels()).0 - 6.56064352723).abs() < 1e-10);
    net.reg = 1.0;
    assert!((net.loss(&input(), &labels()).0 - 59.1928674811).abs() < 1e-10);
}

/// "Three-layer network": errors up to 4.2e-6, at theta2 with regularization 0.7.
#[test]
fn three_layer_gradients() {
    for reg in [0.0, 0.7] {
        let mut net = three_layer_net();
        net.reg = reg;
        let params = net.params.clone();
        let report = check_gradients(
            |params| {
                net.params.clone_from(params);
                net.loss(&input(), &labels())
            },
            &params,
            H,
        );
        assert!(report.max_error() < 1e-5, "reg {reg}\n{report}");
    }
}
