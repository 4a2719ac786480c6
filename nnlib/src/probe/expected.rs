//! Probes that are compared where they are made, for graders that run the tests in the process that they judge, as nbgrader does.

use super::Probe;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::{ArrayD, Dimension};
use std::sync::{Mutex, PoisonError};

/// The largest relative error of values in `f64`.
const DOUBLE_TOLERANCE: f64 = 1e-6;
/// The largest relative error of values in `f32`, of which sums of many terms keep four digits.
const SINGLE_TOLERANCE: f64 = 1e-4;
/// Smaller entries are measured as if they were this part of the array's largest: they are what is left of a difference.
const FLOOR_OF_LARGEST: f64 = 1e-3;
/// And as if they were this, at least.
const FLOOR: f64 = 1e-6;

/// What is expected of one probe.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedProbe {
    name: &'static str,
    shape: &'static [usize],
    values: Values,
}

#[derive(Clone, Copy, Debug)]
enum Values {
    /// Base64 of little-endian `f64`.
    Double(&'static str),
    /// Base64 of little-endian `f32`.
    Single(&'static str),
    AtLeast(f64),
    AtMost(f64),
    /// Any finite ones.
    Finite,
}

impl ExpectedProbe {
    /// These values, base64 of `f64` in little-endian and row order, computed in `f64`.
    pub const fn double(name: &'static str, shape: &'static [usize], values: &'static str) -> Self {
        ExpectedProbe { name, shape, values: Values::Double(values) }
    }

    /// These values, base64 of `f32` in little-endian and row order, computed in `f32`.
    pub const fn single(name: &'static str, shape: &'static [usize], values: &'static str) -> Self {
        ExpectedProbe { name, shape, values: Values::Single(values) }
    }

    /// A number that is not smaller.
    pub const fn at_least(name: &'static str, bound: f64) -> Self {
        ExpectedProbe { name, shape: &[], values: Values::AtLeast(bound) }
    }

    /// A number that is not larger.
    pub const fn at_most(name: &'static str, bound: f64) -> Self {
        ExpectedProbe { name, shape: &[], values: Values::AtMost(bound) }
    }

    /// Any finite values of this shape: those of a trained model.
    pub const fn finite(name: &'static str, shape: &'static [usize]) -> Self {
        ExpectedProbe { name, shape, values: Values::Finite }
    }

    fn check(&self, found: &ArrayD<f64>) -> Result<(), String> {
        if found.shape() != self.shape {
            return Err(format!("the shape is {:?}, expected {:?}", found.shape(), self.shape));
        }
        if found.is_empty() {
            return Err(format!("there are no values: the shape is {:?}", found.shape()));
        }
        if let Some((index, value)) = found.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(format!("{}is {value}, expected a finite number", entry(index.as_array_view().as_slice())));
        }
        let first = *found.first().expect("it is not empty");
        match self.values {
            Values::Double(text) => close(found, &decode(text, f64::from_le_bytes)?, DOUBLE_TOLERANCE),
            Values::Single(text) => {
                let single = |bytes| f64::from(f32::from_le_bytes(bytes));
                close(found, &decode(text, single)?, SINGLE_TOLERANCE)
            }
            Values::AtLeast(bound) if first < bound => Err(format!("it is {first}, expected at least {bound}")),
            Values::AtMost(bound) if first > bound => Err(format!("it is {first}, expected at most {bound}")),
            Values::AtLeast(_) | Values::AtMost(_) | Values::Finite => Ok(()),
        }
    }
}

/// The values in row order.
fn decode<const N: usize>(text: &str, number: fn([u8; N]) -> f64) -> Result<Vec<f64>, String> {
    let bytes = STANDARD.decode(text).map_err(|error| format!("the expected values are no base64: {error}"))?;
    let (numbers, []) = bytes.as_chunks::<N>() else {
        return Err(format!("the expected values have {} bytes, expected {N} each", bytes.len()));
    };
    Ok(numbers.iter().copied().map(number).collect())
}

fn close(found: &ArrayD<f64>, expected: &[f64], tolerance: f64) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!("there are {} values, and {} expected ones", found.len(), expected.len()));
    }
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let floor = (FLOOR_OF_LARGEST * largest).max(FLOOR);
    for ((index, &value), &expected) in found.indexed_iter().zip(expected) {
        let allowed = tolerance * expected.abs().max(floor);
        let error = (value - expected).abs();
        // In this way round, what is no number does not pass.
        let is_close = error <= allowed;
        if !is_close {
            let entry = entry(index.as_array_view().as_slice());
            return Err(format!("{entry}is {value}, expected {expected}: {error:.1e} off, allowed {allowed:.1e}"));
        }
    }
    Ok(())
}

fn entry(index: Option<&[usize]>) -> String {
    match index {
        None | Some([]) => "it ".to_owned(),
        Some(index) => format!("entry {index:?} "),
    }
}

/// The probes that a test expects, each once.
///
/// A hidden test that asserts has its own `probe`, which hands what it is given to [`ExpectedProbes::check`]:
///
/// ```
/// use nnlib::probe::{ExpectedProbe, ExpectedProbes, Probe};
///
/// static EXPECTED: ExpectedProbes = ExpectedProbes::new(&[
///     ExpectedProbe::double("double/out", &[2], "AAAAAAAA8D8AAAAAAAAAQA=="),
///     ExpectedProbe::at_least("accuracy", 0.9),
/// ]);
/// #[track_caller]
/// fn probe(name: &str, value: &(impl Probe + ?Sized)) {
///     EXPECTED.check(name, value);
/// }
/// EXPECTED.begin();
/// probe("double/out", &vec![1.0, 2.0]);
/// probe("accuracy", &0.97);
/// EXPECTED.end();
/// ```
///
/// Whoever writes what is tested can read and change all that the test knows, so a test of this kind is worth the trust that these
/// people are given.
#[derive(Debug)]
pub struct ExpectedProbes {
    probes: &'static [ExpectedProbe],
    /// The numbers of those that came.
    came: Mutex<Vec<usize>>,
}

impl ExpectedProbes {
    /// Expects these. Where a name occurs more than once, its probes are expected in this order.
    pub const fn new(probes: &'static [ExpectedProbe]) -> Self {
        ExpectedProbes { probes, came: Mutex::new(Vec::new()) }
    }

    /// Expects all of them from now on, whatever has come before.
    pub fn begin(&self) {
        self.came.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes `value` for the probe `name`.
    ///
    /// # Panics
    ///
    /// If no such probe is expected (any more), or the value is not as expected: another shape, no entries at all, an entry that is
    /// not finite, an error of more than 10⁻⁶ of the entry (10⁻⁴ of it, for values computed in `f32`). Entries below a
    /// thousandth of the array's largest, and below 10⁻⁶, are measured as if they were these.
    #[track_caller]
    pub fn check(&self, name: &str, value: &(impl Probe + ?Sized)) {
        // No panic while it is locked.
        let number = {
            let mut came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
            let next =
                (0..self.probes.len()).find(|number| self.probes[*number].name == name && !came.contains(number));
            came.extend(next);
            next
        };
        let Some(number) = number else { panic!("`{name}`: there is one more of it than expected") };
        if let Err(message) = self.probes[number].check(&value.values()) {
            panic!("`{name}`: {message}");
        }
    }

    /// Sees to it that all came.
    ///
    /// # Panics
    ///
    /// If one did not.
    #[track_caller]
    pub fn end(&self) {
        let came = std::mem::take(&mut *self.came.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(number) = (0..self.probes.len()).find(|number| !came.contains(number)) {
            panic!("`{}`: expected, and it never came: is a list too short?", self.probes[number].name);
        }
    }
}
