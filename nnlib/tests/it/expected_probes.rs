//! Probes that are compared in place.

use nnlib::grad::Tensor;
use nnlib::ndarray::{Array2, array};
use nnlib::probe::{ExpectedProbe, ExpectedProbes, Probe};
use std::panic::{AssertUnwindSafe, catch_unwind};

// Python: `base64.b64encode(struct.pack("<4d", 1, -2.5, 1000, 1e-9))`, and `"<2f", 0.1, 3`.
const FOUR: ExpectedProbe = ExpectedProbe::double("four", &[2, 2], "AAAAAAAA8D8AAAAAAAAEwAAAAAAAQI9AldYm6AsuET4=");
const SINGLE: ExpectedProbe = ExpectedProbe::single("single", &[2], "zczMPQAAQEA=");

fn message(act: impl FnOnce()) -> String {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(()) => String::new(),
        Err(payload) => payload.downcast_ref::<String>().expect("a message").clone(),
    }
}

fn check(expected: &'static [ExpectedProbe], name: &str, value: &(impl Probe + ?Sized)) -> String {
    message(|| ExpectedProbes::new(expected).check(name, value))
}

#[test]
fn values_within_the_tolerance_pass() {
    let four = |a, b, c, d| check(&[FOUR], "four", &array![[a, b], [c, d]]);
    assert_eq!(four(1.0, -2.5, 1000.0, 1e-9), "");
    assert_eq!(four(1.0 + 0.9e-6, -2.5 - 2e-6, 1000.0009, 0.9e-6), "");
    // The floor is a thousandth of 1000.
    let message = "`four`: entry [0, 0] is 1.0000011, expected 1: 1.1e-6 off, allowed 1.0e-6";
    assert_eq!(four(1.0000011, -2.5, 1000.0, 0.0), message);
    let message = "`four`: entry [1, 1] is 0.0000012, expected 0.000000001: 1.2e-6 off, allowed 1.0e-6";
    assert_eq!(four(1.0, -2.5, 1000.0, 1.2e-6), message);
    assert!(four(1.0, 2.5, 1000.0, 0.0).starts_with("`four`: entry [0, 1] is 2.5, expected -2.5: 5.0e0 off"));
    assert_eq!(check(&[SINGLE], "single", &Tensor::from(array![0.1, 3.0002])), "");
    assert!(check(&[SINGLE], "single", &array![0.1, 3.0004]).starts_with("`single`: entry [1] is 3.0004, expected 3:"));
}

#[test]
fn what_is_not_there_or_no_number_never_passes() {
    let not_a_number = array![[1.0, -2.5], [f64::NAN, 0.0]];
    let message = "`four`: entry [1, 0] is NaN, expected a finite number";
    assert_eq!(check(&[FOUR], "four", &not_a_number), message);
    let infinite = array![[1.0, -2.5], [f64::INFINITY, 0.0]];
    assert_eq!(check(&[FOUR], "four", &infinite), "`four`: entry [1, 0] is inf, expected a finite number");
    let flat = vec![1.0, -2.5, 1000.0, 1e-9];
    assert_eq!(check(&[FOUR], "four", &flat), "`four`: the shape is [4], expected [2, 2]");
    const EMPTY: ExpectedProbe = ExpectedProbe::double("empty", &[0, 3], "");
    let message = "`empty`: there are no values: the shape is [0, 3]";
    assert_eq!(check(&[EMPTY], "empty", &Array2::<f64>::zeros((0, 3))), message);
    const FINITE: ExpectedProbe = ExpectedProbe::finite("w", &[2]);
    assert_eq!(check(&[FINITE], "w", &array![7.0, -7.0]), "");
    assert_eq!(check(&[FINITE], "w", &array![7.0, f64::NAN]), "`w`: entry [1] is NaN, expected a finite number");
    assert_eq!(check(&[FINITE], "w", &array![7.0]), "`w`: the shape is [1], expected [2]");
}

#[test]
fn bounds() {
    const AT_LEAST: ExpectedProbe = ExpectedProbe::at_least("accuracy", 0.9);
    const AT_MOST: ExpectedProbe = ExpectedProbe::at_most("error", 0.5);
    assert_eq!(check(&[AT_LEAST], "accuracy", &0.9), "");
    assert_eq!(check(&[AT_LEAST], "accuracy", &0.89), "`accuracy`: it is 0.89, expected at least 0.9");
    assert_eq!(check(&[AT_LEAST], "accuracy", &f64::NAN), "`accuracy`: it is NaN, expected a finite number");
    assert_eq!(check(&[AT_LEAST], "accuracy", &vec![1.0, 0.0]), "`accuracy`: the shape is [2], expected []");
    assert_eq!(check(&[AT_MOST], "error", &0.5), "");
    assert_eq!(check(&[AT_MOST], "error", &0.6), "`error`: it is 0.6, expected at most 0.5");
}

#[test]
fn each_probe_is_expected_once() {
    const ONE: ExpectedProbe = ExpectedProbe::at_most("x", 1.0);
    const TWO: ExpectedProbe = ExpectedProbe::at_most("x", 2.0);
    static EXPECTED: ExpectedProbes = ExpectedProbes::new(&[ONE, FOUR, TWO]);
    EXPECTED.begin();
    EXPECTED.check("x", &1.0);
    EXPECTED.check("x", &2.0);
    assert_eq!(message(|| EXPECTED.end()), "`four`: expected, and it never came: is a list too short?");
    // From the beginning.
    EXPECTED.check("x", &1.0);
    assert_eq!(message(|| EXPECTED.check("y", &1.0)), "`y`: there is one more of it than expected");
    EXPECTED.begin();
    EXPECTED.check("four", &array![[1.0, -2.5], [1000.0, 1e-9]]);
    EXPECTED.check("x", &1.0);
    assert_eq!(message(|| EXPECTED.check("x", &3.0)), "`x`: it is 3, expected at most 2");
    assert_eq!(message(|| EXPECTED.check("x", &1.0)), "`x`: there is one more of it than expected");
}
