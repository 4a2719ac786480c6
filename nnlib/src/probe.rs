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
//! length of the name            u32
//! number of axes                u32
//! length of each axis           u64 each
//! the name                      UTF-8
//! the values, in row order      f64 each
//! ```
//!
//! Where no grader is outside, [`ExpectedProbes`] compares in place.

mod expected;

pub use expected::{ExpectedProbe, ExpectedProbes};

use crate::rng::RandomState;
use ndarray::{Array, Array1, ArrayD, Dimension, IxDyn};
use std::fs::File;
use std::io::{self, Write};

/// The file that records go to.
const FILE: &str = "NNLIB_PROBES";
/// The seed of the inputs.
const SEED: &str = "NNLIB_PROBE_SEED";
/// What begins a record.
const MAGIC: &[u8; 4] = b"PROB";
/// The most values in one record: 8 MB. A grader has many notebooks to read.
pub const MAX_VALUES: usize = 1 << 20;

/// What [`probe()`] can send: numbers, and arrays and lists of numbers.
pub trait Probe {
    /// The values as an array of `f64`.
    fn values(&self) -> ArrayD<f64>;
}

/// Sends `value` under `name` to the grader; without one, does nothing.
///
/// # Panics
///
/// If there are more than [`MAX_VALUES`] values, or the grader cannot be reached.
#[track_caller]
pub fn probe(name: &str, value: &(impl Probe + ?Sized)) {
    if let Some(path) = std::env::var_os(FILE) {
        let record = record(name, &value.values()).unwrap_or_else(|message| panic!("probe: {message}"));
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

fn record(name: &str, values: &ArrayD<f64>) -> Result<Vec<u8>, String> {
    if values.len() > MAX_VALUES {
        return Err(format!("`{name}` has {} values, expected at most {MAX_VALUES}", values.len()));
    }
    let mut record = MAGIC.to_vec();
    record.extend((name.len() as u32).to_le_bytes());
    record.extend((values.ndim() as u32).to_le_bytes());
    for &len in values.shape() {
        record.extend((len as u64).to_le_bytes());
    }
    record.extend(name.as_bytes());
    for value in values {
        record.extend(value.to_le_bytes());
    }
    Ok(record)
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
