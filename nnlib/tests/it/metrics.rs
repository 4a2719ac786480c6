//! Checks of figures.

use crate::checks::panic_message;

#[test]
fn a_check_prints_its_figure_or_panics_with_its_hint() {
    use nnlib::metrics::{expect_at_least, expect_at_most};
    expect_at_most("difference", 1e-9, 1e-8, "");
    expect_at_most("difference", 1e-8, 1e-8, "");
    expect_at_least("accuracy", 0.5, 0.5, "");
    let message = panic_message(|| expect_at_most("difference", 0.25, 1e-8, "add the bias"));
    assert_eq!(message, "difference is 0.25, expected at most 1.000e-8. add the bias");
    let message = panic_message(|| expect_at_most("difference", f64::NAN, 1.0, "divide by N"));
    assert_eq!(message, "difference is NaN, expected at most 1. divide by N");
    let message = panic_message(|| expect_at_least("accuracy", 0.098_76, 0.9, "train longer"));
    assert_eq!(message, "accuracy is 0.09876, expected at least 0.9. train longer");
    let message = panic_message(|| expect_at_least("points", 123_456.0, 2e6, ""));
    assert_eq!(message, "points is 123456, expected at least 2.000e6. ");
}
