//! One named array, apart from the format of its file.

use std::borrow::Cow;
use std::path::Path;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use crate::array::shape_text;
use crate::{Error, Result};

/// How wide a number is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Precision {
    F32,
    F64,
}

impl Precision {
    /// Bytes a number.
    pub(super) fn width(self) -> usize {
        match self {
            Precision::F32 => size_of::<f32>(),
            Precision::F64 => size_of::<f64>(),
        }
    }
}

/// A named array as the bytes of its numbers, little-endian.
pub(super) struct Entry<'a> {
    pub name: String,
    pub precision: Precision,
    pub shape: Vec<usize>,
    /// Whether the first axis runs fastest, as in Fortran, rather than the last.
    pub fortran_order: bool,
    pub bytes: Cow<'a, [u8]>,
}

impl Entry<'static> {
    pub(super) fn from_f64(name: &str, array: &ArrayD<f64>) -> Self {
        let bytes = array.iter().flat_map(|number| number.to_le_bytes()).collect();
        Entry::row_by_row(name, Precision::F64, array.shape(), bytes)
    }

    pub(super) fn from_f32(name: &str, array: &ArrayD<f32>) -> Self {
        let bytes = array.iter().flat_map(|number| number.to_le_bytes()).collect();
        Entry::row_by_row(name, Precision::F32, array.shape(), bytes)
    }

    fn row_by_row(name: &str, precision: Precision, shape: &[usize], bytes: Vec<u8>) -> Self {
        Entry {
            name: name.to_owned(),
            precision,
            shape: shape.to_vec(),
            fortran_order: false,
            bytes: Cow::Owned(bytes),
        }
    }
}

impl Entry<'_> {
    /// The array in `f64`, which holds every `f32` exactly.
    pub(super) fn to_f64(&self, path: &Path) -> Result<ArrayD<f64>> {
        self.check_length(path)?;
        let numbers = match self.precision {
            Precision::F32 => self.f32_numbers().map(f64::from).collect(),
            Precision::F64 => self.f64_numbers().collect(),
        };
        self.shaped(numbers, path)
    }

    /// The array in `f32`, each number rounded to the nearest.
    pub(super) fn to_f32(&self, path: &Path) -> Result<ArrayD<f32>> {
        self.check_length(path)?;
        let numbers = match self.precision {
            Precision::F32 => self.f32_numbers().collect(),
            Precision::F64 => self.f64_numbers().map(|number| self.rounded(number, path)).collect::<Result<_>>()?,
        };
        self.shaped(numbers, path)
    }

    /// Checks that the shape calls for the bytes that are there, before anything is allocated for it.
    fn check_length(&self, path: &Path) -> Result<()> {
        let size = self.shape.iter().try_fold(self.precision.width(), |size, &axis| size.checked_mul(axis));
        if size == Some(self.bytes.len()) {
            return Ok(());
        }
        let (name, shape) = (&self.name, shape_text(&self.shape));
        let expected = match size {
            Some(size) => format!("{size} bytes of numbers in entry `{name}` (shape {shape})"),
            None => format!("a shape that fits into memory for entry `{name}`"),
        };
        let found = match size {
            Some(_) => format!("{} bytes", self.bytes.len()),
            None => shape,
        };
        Err(Error::format(path, expected, found))
    }

    fn f32_numbers(&self) -> impl Iterator<Item = f32> {
        self.bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes))
    }

    fn f64_numbers(&self) -> impl Iterator<Item = f64> {
        self.bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes))
    }

    fn rounded(&self, number: f64, path: &Path) -> Result<f32> {
        let rounded = number as f32;
        if rounded.is_infinite() && number.is_finite() {
            let expected = format!("numbers within the range of f32 in entry `{}`", self.name);
            return Err(Error::format(path, expected, format!("{number:e}")));
        }
        Ok(rounded)
    }

    /// `numbers`, which are as many as `shape` says, row by row in memory.
    fn shaped<T: Clone>(&self, numbers: Vec<T>, path: &Path) -> Result<ArrayD<T>> {
        let shape = IxDyn(&self.shape).set_f(self.fortran_order);
        // A shape such as (0, 2^40, 2^40) calls for no bytes, and still is beyond ndarray.
        let array = ArrayD::from_shape_vec(shape, numbers).map_err(|error| {
            let expected = format!("a shape that fits into memory for entry `{}`", self.name);
            Error::format(path, expected, format!("{} ({error})", shape_text(&self.shape)))
        })?;
        Ok(if self.fortran_order { array.as_standard_layout().into_owned() } else { array })
    }
}
