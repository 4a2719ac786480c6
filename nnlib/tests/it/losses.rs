//! Tests of `nnlib::losses`: gradients against central differences, extremes, messages.

use super::checks::{assert_12_digits, panic_message};
use nnlib::gradient_check::{eval_numerical_gradient, rel_error};
use nnlib::losses::{mse_loss, sigmoid_cross_entropy_loss, softmax_loss, svm_loss};
use nnlib::ndarray::{Array1, ArrayD, array};
use nnlib::rng::RandomState;

const H: f64 = 1e-5;

#[test]
fn gradients() {
    let mut rng = RandomState::new(6);
    let x = rng.randn((7, 4)).into_dyn();
    let labels = rng.randint(0, 4, 7).mapv(|label| label as usize);
    let (_, dx) = softmax_loss(&x, &labels);
    assert!(rel_error(&dx, &eval_numerical_gradient(|x| softmax_loss(x, &labels).0, &x, H)) < 1e-7);
    let (_, dx) = svm_loss(&x, &labels);
    assert!(rel_error(&dx, &eval_numerical_gradient(|x| svm_loss(x, &labels).0, &x, H)) < 1e-7);
    let targets = rng.rand((7, 4)).into_dyn();
    let (_, dx) = mse_loss(&x, &targets);
    assert!(rel_error(&dx, &eval_numerical_gradient(|x| mse_loss(x, &targets).0, &x, H)) < 1e-7);
    let (_, dx) = sigmoid_cross_entropy_loss(&x, &targets);
    assert!(rel_error(&dx, &eval_numerical_gradient(|x| sigmoid_cross_entropy_loss(x, &targets).0, &x, H)) < 1e-7);
}

#[test]
fn softmax_of_two_classes_is_the_sigmoid() {
    let scores = array![1.5, -0.3, 20.0].into_dyn();
    let (expected, dx) = sigmoid_cross_entropy_loss(&scores, &array![1.0, 0.0, 0.0].into_dyn());
    let (loss, dpairs) = softmax_loss(&array![[0.0, 1.5], [0.0, -0.3], [0.0, 20.0]].into_dyn(), &array![1, 0, 0]);
    assert_12_digits(loss, expected);
    for (index, dx) in dx.iter().enumerate() {
        assert_12_digits(dpairs[[index, 1]], *dx);
    }
}

/// Three samples of three classes by hand: margins 0.5 and none; 1 and 1 (of equal scores); none and 0 exactly.
#[test]
fn svm_loss_by_hand() {
    let x = array![[3.0, 2.5, 0.0], [1.0, 1.0, 1.0], [2.0, 0.0, 1.0]].into_dyn();
    let (loss, dx) = svm_loss(&x, &array![0, 1, 0]);
    assert_12_digits(loss, 2.5 / 3.0);
    let third = 1.0 / 3.0;
    let expected = array![[-third, third, 0.0], [third, -2.0 * third, third], [0.0, 0.0, 0.0]];
    assert_eq!(dx, expected.into_dyn());
}

#[test]
fn huge_scores_stay_finite() {
    let (loss, dx) = softmax_loss(&array![[1e4, -1e4], [-1e300, 1e300]].into_dyn(), &array![1, 1]);
    assert_eq!((loss, dx), (1e4, array![[0.5, -0.5], [0.0, 0.0]].into_dyn()));
    let (loss, dx) = sigmoid_cross_entropy_loss(&array![1e4, -1e300].into_dyn(), &array![0.0, 0.0].into_dyn());
    assert_eq!((loss, dx), (5e3, array![0.5, 0.0].into_dyn()));
}

#[test]
fn what_is_no_number_shows_in_the_loss() {
    let scores = array![[f64::NAN, 1.0, 2.0]].into_dyn();
    assert!(softmax_loss(&scores, &array![1]).0.is_nan());
    assert!(svm_loss(&scores, &array![1]).0.is_nan());
    assert!(mse_loss(&scores, &array![[0.0, 0.0, 0.0]].into_dyn()).0.is_nan());
    assert!(sigmoid_cross_entropy_loss(&scores, &array![[0.0, 0.0, 0.0]].into_dyn()).0.is_nan());
}

#[test]
fn misuse_says_what_was_wrong() {
    type Classification = fn(&ArrayD<f64>, &Array1<usize>) -> (f64, ArrayD<f64>);
    for (name, loss) in [("softmax_loss", softmax_loss as Classification), ("svm_loss", svm_loss)] {
        let message = |shape: &[usize], y: &Array1<usize>| panic_message(|| loss(&ArrayD::zeros(shape), y));
        for shape in [vec![3], vec![0, 3], vec![3, 0], vec![3, 1, 1]] {
            let expected = "expected (N, C) with at least one sample and one class";
            assert_eq!(message(&shape, &array![0, 0, 0]), format!("{name}: `x` has shape {shape:?}, {expected}"));
        }
        let expected = "`y` has shape [2], expected [3] (a label for each row of `x`)";
        assert_eq!(message(&[3, 5], &array![0, 1]), format!("{name}: {expected}"));
        let expected = "`y[1]` is 5, expected labels below 5, the columns of `x`";
        assert_eq!(message(&[3, 5], &array![4, 5, 6]), format!("{name}: {expected}"));
    }

    type Regression = fn(&ArrayD<f64>, &ArrayD<f64>) -> (f64, ArrayD<f64>);
    let losses: [(&str, Regression); 2] =
        [("mse_loss", mse_loss), ("sigmoid_cross_entropy_loss", sigmoid_cross_entropy_loss)];
    for (name, loss) in losses {
        let message = |x: &[usize], y: &[usize]| panic_message(|| loss(&ArrayD::zeros(x), &ArrayD::zeros(y)));
        for shape in [vec![], vec![0], vec![3, 0]] {
            let expected = "expected (N,) or (N, d_1, ..., d_k) with at least one sample";
            assert_eq!(message(&shape, &shape), format!("{name}: `x` has shape {shape:?}, {expected}"));
        }
        let expected = "`y` has shape [3], expected [3, 1] (the shape of `x`)";
        assert_eq!(message(&[3, 1], &[3]), format!("{name}: {expected}"));
    }
    let y = array![[0.0, 1.0], [0.5, 1.5]].into_dyn();
    assert_eq!(
        panic_message(|| sigmoid_cross_entropy_loss(&y, &y)),
        "sigmoid_cross_entropy_loss: `y[1, 1]` is 1.5, expected probabilities, 0 to 1"
    );
}
