//! What several tests share: arrays as NumPy makes them, comparisons, messages of panics.

use nnlib::ndarray::{Array, ArrayD, Dimension, IntoDimension};

/// `np.linspace(start, end, num=n).reshape(shape)`.
pub fn linspace<S: IntoDimension>(start: f64, end: f64, shape: S) -> ArrayD<f64> {
    let shape = shape.into_dimension();
    let count = shape.size();
    Array::linspace(start, end, count).into_shape_with_order(shape).unwrap().into_dyn()
}

/// Asserts equal shapes, and entries that differ by at most `tolerance`, absolutely; NaN equals nothing.
#[track_caller]
pub fn assert_close(got: &ArrayD<f64>, expected: &ArrayD<f64>, tolerance: f64) {
    assert_eq!(got.shape(), expected.shape());
    assert!(!got.is_empty(), "nothing was compared");
    for ((index, got), expected) in got.indexed_iter().zip(expected) {
        let near = (got - expected).abs() <= tolerance;
        assert!(near, "entry {:?} is {got}, not {expected}", index.slice());
    }
}

/// Asserts a number to 12 digits.
#[track_caller]
pub fn assert_12_digits(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-12 * expected.abs(), "{got} is not {expected}");
}

/// The message with which `action` panics.
pub fn panic_message<T>(action: impl FnOnce() -> T) -> String {
    let cause = std::panic::catch_unwind(std::panic::AssertUnwindSafe(action)).map(|_| ()).expect_err("no panic");
    match cause.downcast::<String>() {
        Ok(message) => *message,
        Err(cause) => (*cause.downcast::<&str>().expect("a panic carries a message")).to_owned(),
    }
}
