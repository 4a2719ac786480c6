//! Values that a grader compares, outside the process that computed them.
//!
//! A notebook is graded by what its functions return, and the verdict is not left to the notebook: a hidden test *sends*
//! values with [`probe()`], and whoever runs it compares them with those of the reference solution. The inputs come from
//! [`probe_rng`], seeded anew by each grading. Outside a grading, probes do nothing.
//!
//! ```
//! use nnlib::probe::{probe, probe_rng};
//!
//! # fn double(x: &nnlib::array::Matrix) -> nnlib::array::Matrix { 2.0 * x }
//! let x = probe_rng().randn((3, 4));
//! probe("double/out", &double(&x));
//! ```
//!
//! # The records
//!
//! `NNLIB_PROBES` names the file, or the pipe, that records are appended to; `NNLIB_PROBE_SEED` is the seed, a number
//! below 2³². A record is, with all numbers little-endian:
//!
//! ```text
//! "PROB"                        4 bytes
//! length of the name            u32, at most MAX_NAME
//! number of axes                u32, at most MAX_AXES
//! length of each axis           u64 each, at most MAX_VALUES together
//! the name                      UTF-8
//! the values, in row order      f64 each
//! ```
//!
//! [`records`] reads them, and believes nothing: the bytes come from a process that ran other people's code. [`Submitted`] holds
//! those of a question, for verdicts about trained models. Where no grader is outside, [`ExpectedProbes`] compares in place.

mod expected;
mod record;
mod submitted;

pub use expected::{ExpectedProbe, ExpectedProbes};
pub use record::{MAX_AXES, MAX_NAME, MAX_VALUES, Malformed, Record, Records, records};
pub use submitted::Submitted;

use crate::rng::RandomState;
use ndarray::{Array, Array1, ArrayD, Dimension, IxDyn};
use std::fs::File;
use std::io::{self, Write};

/// The file that records go to.
const FILE: &str = "NNLIB_PROBES";
/// The seed of the inputs.
const SEED: &str = "NNLIB_PROBE_SEED";
/// What [`probe()`] can send: numbers, and arrays and lists of numbers.
pub trait Probe {
    /// The values as an array of `f64`.
    fn values(&self) -> ArrayD<f64>;
}

/// Sends `value` under `name` to the grader; without one, does nothing.
///
/// # Panics
///
/// If the name or the array is larger than a [`Record`] may be, or the grader cannot be reached.
#[track_caller]
pub fn probe(name: &str, value: &(impl Probe + ?Sized)) {
    if let Some(path) = std::env::var_os(FILE) {
        let record = Record { name: name.to_owned(), values: value.values() };
        let record = record.to_bytes().unwrap_or_else(|message| panic!("probe: {message}"));
        // Opened anew each time: a notebook's cells share no state that they do not name.
        let sent = File::options().append(true).open(&path).and_then(|mut file| file.write_all(&record));
        sent.unwrap_or_else(|error: io::Error| panic!("probe: `{name}` could not be sent: {error}"));
    }
}

/// The generator that inputs of probes are drawn from; in a grading, nobody knows beforehand what it gives.
///
/// # Panics
///
/// If `NNLIB_PROBE_SEED` is not a number below 2³².
#[track_caller]
pub fn probe_rng() -> RandomState {
    let seed = match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap_or_else(|_| panic!("probe_rng: {SEED} is `{seed}`, expected 0 to 4294967295")),
        Err(_) => 0,
    };
    RandomState::new(seed)
}

impl<T: Number, D: Dimension> Probe for Array<T, D> {
    fn values(&self) -> ArrayD<f64> {
        self.map(|value| value.as_f64()).into_dyn()
    }
}

#[cfg(feature = "grad")]
impl Probe for crate::grad::Tensor {
    fn values(&self) -> ArrayD<f64> {
        self.value().values()
    }
}

impl<T: Number> Probe for [T] {
    fn values(&self) -> ArrayD<f64> {
        self.iter().map(|value| value.as_f64()).collect::<Array1<f64>>().into_dyn()
    }
}

impl<T: Number> Probe for Vec<T> {
    fn values(&self) -> ArrayD<f64> {
        self.as_slice().values()
    }
}

/// As an array without axes.
impl<T: Number> Probe for T {
    fn values(&self) -> ArrayD<f64> {
        ArrayD::from_elem(IxDyn(&[]), self.as_f64())
    }
}

/// A number, or a truth value as 1 or 0.
pub trait Number {
    /// The nearest `f64`.
    fn as_f64(&self) -> f64;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Number for $number {
            fn as_f64(&self) -> f64 {
                *self as f64
            }
        }
    )*};
}
number!(f64, f32, usize, u64, u32, u8, i64, i32);

impl Number for bool {
    fn as_f64(&self) -> f64 {
        f64::from(u8::from(*self))
    }
}
