//! `Standardization`: columns of mean 0 and deviation 1.

use ndarray::{Array2, Axis, array};
use nnlib::data::Standardization;

use super::panic_message;

#[test]
fn measured_rows_get_mean_0_and_deviation_1_and_others_the_same_scale() {
    let x = Array2::from_shape_fn((7, 3), |(row, column)| {
        ((row * row + 3 * column) % 5) as f64 * 10_f64.powi(column as i32)
    });
    let scale = Standardization::of(x.view());
    let scaled = scale.apply(x.view());
    assert!(scaled.mean_axis(Axis(0)).unwrap().iter().all(|mean| mean.abs() < 1e-15));
    assert!(scaled.std_axis(Axis(0), 0.0).iter().all(|deviation| (deviation - 1.0).abs() < 1e-15));
    let other = scale.apply((&scale.mean + &scale.deviation * 2.0).insert_axis(Axis(0)).view());
    assert!(other.iter().all(|value| (value - 2.0).abs() < 1e-14));
}

#[test]
fn a_column_of_equal_numbers_becomes_0() {
    // The mean of seven times 0.1, as computed, is not 0.1.
    let x = Array2::from_elem((7, 1), 0.1);
    let scale = Standardization::of(x.view());
    assert_eq!(scale.deviation, array![1.0]);
    assert!(scale.apply(x.view()).iter().all(|value| value.abs() < 1e-15));
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    assert_eq!(
        panic_message(|| Standardization::of(Array2::zeros((0, 2)).view())),
        "Standardization::of: `x` has no rows, expected at least 1"
    );
    let scale = Standardization::of(array![[1.0, 2.0]].view());
    assert_eq!(
        panic_message(|| scale.apply(array![[1.0], [2.0]].view())),
        "Standardization::apply: `x` has shape [2, 1], expected [2, 2] (a column for each that was measured)"
    );
}
