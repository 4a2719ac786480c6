//! `Normalization`: scikit-learn's figures, and features that never vary.

use ndarray::{Array2, array};
use nnlib::data::Normalization;

use super::panic_message;

fn samples() -> Array2<f64> {
    array![[1.0, 10.0, 0.1], [2.0, 30.0, 0.1], [4.0, 20.0, 0.1], [5.0, 60.0, 0.1]]
}

/// Figures of scikit-learn 1.9.1: `s = StandardScaler().fit(x)`; `s.mean_`, `s.scale_`, `s.transform([[3, 0, .3]])`.
#[test]
fn the_standard_scale_is_scikit_learns() {
    let scale = Normalization::standard(&samples());
    assert_eq!(scale.mean, array![3.0, 30.0, 0.1]);
    let error = &scale.deviation - &array![1.5811388300841898, 18.708286933869708, 1.0];
    assert!(error.iter().all(|error| error.abs() < 1e-14), "{error}");
    let error = scale.apply(&array![[3.0, 0.0, 0.3]]) - array![[0.0, -1.6035674514745462, 0.19999999999999998]];
    assert!(error.iter().all(|error| error.abs() < 1e-14), "{error}");
}

#[test]
fn training_samples_come_out_with_mean_0_and_deviation_1() {
    let x = Normalization::standard(&samples()).apply(&samples());
    for (column, deviation) in x.columns().into_iter().zip([1.0, 1.0, 0.0]) {
        assert!(column.mean().unwrap().abs() < 1e-15);
        assert!((column.std(0.0) - deviation).abs() < 1e-15);
    }
}

/// The mean of seven times 0.1 is not 0.1, and the difference must not become a deviation of its own.
#[test]
fn a_feature_that_never_varies_is_not_divided() {
    let x = Array2::from_elem((7, 1), 0.1);
    let scale = Normalization::standard(&x);
    assert_eq!(scale.deviation, array![1.0]);
    assert!(scale.apply(&x)[[0, 0]].abs() < 1e-15);
}

#[test]
fn the_mean_alone_can_be_removed() {
    let scale = Normalization::mean_only(&samples());
    assert_eq!(scale.deviation, array![1.0, 1.0, 1.0]);
    assert_eq!(scale.apply(&array![[4.0, 40.0, 0.1]]), array![[1.0, 10.0, 0.0]]);
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    assert_eq!(
        panic_message(|| Normalization::standard(&Array2::zeros((0, 3)))),
        "Normalization::standard: `train` has no samples, expected at least 1"
    );
    assert_eq!(
        panic_message(|| Normalization::mean_only(&Array2::zeros((0, 3)))),
        "Normalization::mean_only: `train` has no samples, expected at least 1"
    );
    assert_eq!(
        panic_message(|| Normalization::standard(&samples()).apply(&Array2::zeros((2, 4)))),
        "Normalization::apply: `x` has shape [2, 4], expected [2, 3] (N samples of the features that were measured)"
    );
}
