//! The figures of a course text on fully connected networks with batch normalization: every number of it that does not
//! depend on its mistakes. It seeds NumPy with 231 before each check. Errors that it prints are bounds here, not values.

use super::checks::{assert_12_digits, assert_close, linspace};
use nnlib::gradient_check::{
    GradientReport, check_gradients, eval_numerical_gradient, eval_numerical_gradient_array, rel_error,
};
use nnlib::layers::*;
use nnlib::losses::{mse_loss, softmax_loss};
use nnlib::models::{Category, FullyConnectedConfig, FullyConnectedNet};
use nnlib::ndarray::{Array1, Array2, ArrayD, Axis, array};
use nnlib::rng::RandomState;
use nnlib::solver::Targets;

const H: f64 = 1e-5;

/// Sections 5, 7 and 10: dx 5.4e-11, dw 9.9e-11, db 2.4e-11; relu 3.3e-12; the sandwich 6.8e-11, 8.2e-11, 7.8e-12.
#[test]
fn layers_by_differences() {
    let mut rng = RandomState::new(231);
    let x = rng.randn((10, 2, 3)).into_dyn();
    let (w, b) = (rng.randn((6, 5)).into_dyn(), rng.randn(5).into_dyn());
    let dout = rng.randn((10, 5)).into_dyn();
    let (dx, dw, db) = affine_backward(&dout, &affine_forward(&x, &w, &b).1);
    assert!(rel_error(&eval_numerical_gradient_array(|x| affine_forward(x, &w, &b).0, &x, &dout, H), &dx) < 2e-10);
    assert!(rel_error(&eval_numerical_gradient_array(|w| affine_forward(&x, w, &b).0, &w, &dout, H), &dw) < 2e-10);
    assert!(rel_error(&eval_numerical_gradient_array(|b| affine_forward(&x, &w, b).0, &b, &dout, H), &db) < 1e-10);

    let mut rng = RandomState::new(231);
    let (x, dout) = (rng.randn((10, 10)).into_dyn(), rng.randn((10, 10)).into_dyn());
    let dx = relu_backward(&dout, &relu_forward(&x).1);
    assert!(rel_error(&eval_numerical_gradient_array(|x| relu_forward(x).0, &x, &dout, H), &dx) < 1e-11);

    let mut rng = RandomState::new(231);
    let x = rng.randn((2, 3, 4)).into_dyn();
    let (w, b) = (rng.randn((12, 10)).into_dyn(), rng.randn(10).into_dyn());
    let dout = rng.randn((2, 10)).into_dyn();
    let forward = affine_relu_forward;
    let (dx, dw, db) = affine_relu_backward(&dout, &forward(&x, &w, &b).1);
    assert!(rel_error(&eval_numerical_gradient_array(|x| forward(x, &w, &b).0, &x, &dout, H), &dx) < 2e-10);
    assert!(rel_error(&eval_numerical_gradient_array(|w| forward(&x, w, &b).0, &w, &dout, H), &dw) < 2e-10);
    assert!(rel_error(&eval_numerical_gradient_array(|b| forward(&x, &w, b).0, &b, &dout, H), &db) < 1e-10);
}

/// Section 8: difference 6.383174e-07.
#[test]
fn sigmoid_forward_of_a_linspace() {
    let (out, _) = sigmoid_forward(&linspace(-6.0, 6.0, (3, 4)));
    let correct = array![
        [0.00247262, 0.00732514, 0.0214955, 0.06138311],
        [0.16296047, 0.36691963, 0.63308037, 0.83703953],
        [0.93861689, 0.9785045, 0.99267486, 0.99752738]
    ]
    .into_dyn();
    assert_close(&out, &correct, 5e-9);
    assert!((rel_error(&out, &correct) - 6.383174e-7).abs() < 1e-12, "{:e}", rel_error(&out, &correct));
}

/// Section 9: 3.4e-11.
#[test]
fn sigmoid_backward_by_differences() {
    let mut rng = RandomState::new(231);
    let (x, dout) = (rng.randn((10, 10)).into_dyn(), rng.randn((10, 10)).into_dyn());
    let dx = sigmoid_backward(&dout, &sigmoid_forward(&x).1);
    assert!(rel_error(&eval_numerical_gradient_array(|x| sigmoid_forward(x).0, &x, &dout, H), &dx) < 1e-10);
}

/// `np.maximum(0, X.dot(W1)).dot(W2)`, the scores of a network of two layers.
fn scores(x: &Array2<f64>, w1: &Array2<f64>, w2: &Array2<f64>) -> ArrayD<f64> {
    x.dot(w1).mapv(|value| value.max(0.0)).dot(w2).into_dyn()
}

#[track_caller]
fn assert_means_and_stds(x: &ArrayD<f64>, means: [f64; 3], stds: [f64; 3], tolerance: f64) {
    assert_close(&x.mean_axis(Axis(0)).unwrap(), &Array1::from_iter(means).into_dyn(), tolerance);
    assert_close(&x.std_axis(Axis(0), 0.0), &Array1::from_iter(stds).into_dyn(), tolerance);
}

/// Section 11: means and deviations before and after, to the 8 decimals that are printed.
#[test]
fn batchnorm_forward_in_training() {
    let mut rng = RandomState::new(231);
    let x = rng.randn((200, 50));
    let (w1, w2) = (rng.randn((50, 60)), rng.randn((60, 3)));
    let a = scores(&x, &w1, &w2);
    let half_a_digit = 5.1e-9;
    let means = [-2.3814598, -13.18038246, 1.91780462];
    assert_means_and_stds(&a, means, [27.18502186, 34.21455511, 37.68611762], half_a_digit);

    let (ones, zeros) = (array![1.0, 1.0, 1.0].into_dyn(), array![0.0, 0.0, 0.0].into_dyn());
    let (out, _) = batchnorm_forward(&a, &ones, &zeros, &mut BatchNormParam::default());
    assert_means_and_stds(&out, [0.0; 3], [0.99999999, 1.0, 1.0], half_a_digit);
    // The text prints means up to 8.3e-17.
    assert_close(&out.mean_axis(Axis(0)).unwrap(), &zeros, 1e-15);

    let (gamma, beta) = (array![1.0, 2.0, 3.0].into_dyn(), array![11.0, 12.0, 13.0].into_dyn());
    let (out, _) = batchnorm_forward(&a, &gamma, &beta, &mut BatchNormParam::default());
    assert_means_and_stds(&out, [11.0, 12.0, 13.0], [0.99999999, 1.99999999, 2.99999999], half_a_digit);
}

/// Section 11: means and deviations at test time after 50 batches, to the 8 decimals that are printed.
#[test]
fn batchnorm_forward_after_training() {
    let mut rng = RandomState::new(231);
    let (w1, w2) = (rng.randn((50, 60)), rng.randn((60, 3)));
    let (gamma, beta) = (array![1.0, 1.0, 1.0].into_dyn(), array![0.0, 0.0, 0.0].into_dyn());
    let mut bn_param = BatchNormParam::default();
    for _ in 0..50 {
        batchnorm_forward(&scores(&rng.randn((200, 50)), &w1, &w2), &gamma, &beta, &mut bn_param);
    }
    bn_param.mode = Mode::Test;
    let (out, _) = batchnorm_forward(&scores(&rng.randn((200, 50)), &w1, &w2), &gamma, &beta, &mut bn_param);
    let means = [-0.03927354, -0.04349152, -0.10452688];
    assert_means_and_stds(&out, means, [1.01531428, 1.01238373, 0.97819988], 5.1e-9);
}

/// Section 12: from 1e-13 to 1e-8 is expected; dgamma 7.4e-13, dbeta 2.4e-12. (Its dx, 3.9e-6, counts eps twice.)
#[test]
fn batchnorm_backward_by_differences() {
    let mut rng = RandomState::new(231);
    let x = (5.0 * rng.randn((4, 5)) + 12.0).into_dyn();
    let (gamma, beta) = (rng.randn(5).into_dyn(), rng.randn(5).into_dyn());
    let dout = rng.randn((4, 5)).into_dyn();
    let mut bn_param = BatchNormParam::default();
    let dx_num = eval_numerical_gradient_array(|x| batchnorm_forward(x, &gamma, &beta, &mut bn_param).0, &x, &dout, H);
    let dgamma_num =
        eval_numerical_gradient_array(|gamma| batchnorm_forward(&x, gamma, &beta, &mut bn_param).0, &gamma, &dout, H);
    let dbeta_num =
        eval_numerical_gradient_array(|beta| batchnorm_forward(&x, &gamma, beta, &mut bn_param).0, &beta, &dout, H);
    let (dx, dgamma, dbeta) = batchnorm_backward(&dout, &batchnorm_forward(&x, &gamma, &beta, &mut bn_param).1);
    assert!(rel_error(&dx_num, &dx) < 1e-8, "{:e}", rel_error(&dx_num, &dx));
    assert!(rel_error(&dgamma_num, &dgamma) < 1e-10, "{:e}", rel_error(&dgamma_num, &dgamma));
    assert!(rel_error(&dbeta_num, &dbeta) < 1e-10, "{:e}", rel_error(&dbeta_num, &dbeta));
}

fn labels(rng: &mut RandomState, count: usize) -> Array1<usize> {
    rng.randint(0, 10, count).mapv(|label| label as usize)
}

/// Section 13: 2.302545844500738, and dx 9.4e-9.
#[test]
fn softmax_loss_of_small_scores() {
    let mut rng = RandomState::new(231);
    let x = (0.001 * rng.randn((50, 10))).into_dyn();
    let y = labels(&mut rng, 50);
    let (loss, dx) = softmax_loss(&x, &y);
    assert_12_digits(loss, 2.302545844500738);
    let error = rel_error(&eval_numerical_gradient(|x| softmax_loss(x, &y).0, &x, H), &dx);
    assert!(error < 2e-8, "{error:e}");
}

/// Section 14: 1.8672282748726519, and dx 2.9e-9.
#[test]
fn mse_loss_of_random_numbers() {
    let mut rng = RandomState::new(231);
    let (x, y) = (rng.randn(50).into_dyn(), rng.randn(50).into_dyn());
    let (loss, dx) = mse_loss(&x, &y);
    assert_12_digits(loss, 1.8672282748726519);
    let error = rel_error(&eval_numerical_gradient(|x| mse_loss(x, &y).0, &x, H), &dx);
    assert!(error < 1e-8, "{error:e}");
}

fn config(normalized: bool, reg: f64) -> FullyConnectedConfig {
    FullyConnectedConfig {
        input_dim: 15,
        output_dim: 10,
        reg,
        weight_scale: 5e-2,
        ..FullyConnectedConfig::new(Category::Classification, &[20, 30], &[normalized; 2])
    }
}

fn gradient_report(net: &FullyConnectedNet, x: &ArrayD<f64>, y: &Targets) -> GradientReport {
    let mut moved = net.clone();
    check_gradients(
        |params| {
            moved.params.clone_from(params);
            moved.loss(x, y)
        },
        &net.params,
        H,
    )
}

/// Section 15.1, with the normalization after the affine layer, and only where it is asked for. The losses were computed
/// by a NumPy program so corrected (NumPy 2.4); the text's own 2.33098... and 7.05999... are of its mistake.
///
/// In this check, of 2 samples, some gradients are of the size of rounding errors: the text expects up to 1e-4 for the
/// weights. A bias before a normalization has no effect at all, and nothing to be compared but rounding errors.
#[test]
fn fully_connected_initial_losses_and_gradients() {
    for (normalized, losses) in
        [(false, [2.3004790897684924, 7.052114776533016]), (true, [2.2611955101340957, 6.996533220108303])]
    {
        let mut rng = RandomState::new(231);
        let x = rng.randn((2, 15)).into_dyn();
        let y = Targets::Classes(labels(&mut rng, 2));
        for (reg, expected) in [0.0, 3.14].into_iter().zip(losses) {
            let mut net = FullyConnectedNet::new(&config(normalized, reg), &mut rng);
            assert_12_digits(net.loss(&x, &y).0, expected);
            let report = gradient_report(&net, &x, &y);
            for row in &report.rows {
                if normalized && ["b1", "b2"].contains(&row.name.as_str()) {
                    assert!(row.analytic.abs() < 1e-15 && row.numerical.abs() < 1e-10, "{report}");
                    continue;
                }
                let bound = if row.name.starts_with('W') { 1e-4 } else { 1e-6 };
                assert!(row.rel_error <= bound, "normalized {normalized}, reg {reg}\n{report}");
            }
        }
    }
}
