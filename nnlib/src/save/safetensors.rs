//! `.safetensors`, the format of Hugging Face: what `safetensors.numpy.save_file` writes and `load_file` reads.
//!
//! ```python
//! from safetensors.numpy import load_file, save_file
//! arrays = load_file("model.safetensors")      # what `write` wrote
//! save_file(arrays, "model.safetensors")       # what `read` reads
//! ```
//!
//! A file is the length of a header, the header in JSON, and the numbers of all arrays without a gap, row by row and
//! little-endian. It has no checksum: a flipped bit in a number is not noticed. Tensors of other types than `F32` and
//! `F64` are refused.
//!
//! Source: *Safetensors*, section "Format", <https://github.com/huggingface/safetensors>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use ::safetensors::tensor::{Dtype, SafeTensors, View};
use ndarray::ArrayD;

use super::entry::{Entry, Precision};
use super::{entries_of, entries_of_f32, f32_arrays, parameters, read_bytes, write_bytes};
use crate::parameters::Parameters;
use crate::{Error, Result};

/// Writes `params` to `path` in `f64`, in place of what was there.
///
/// # Errors
///
/// When the file cannot be written, or a parameter is called `__metadata__`, which the format keeps for itself.
pub fn write(params: &Parameters, path: impl AsRef<Path>) -> Result<()> {
    write_entries(&entries_of(params), path.as_ref())
}

/// Writes `arrays` to `path` in `f32`, in place of what was there.
///
/// # Errors
///
/// As [`write()`].
pub fn write_f32(arrays: &BTreeMap<String, ArrayD<f32>>, path: impl AsRef<Path>) -> Result<()> {
    write_entries(&entries_of_f32(arrays), path.as_ref())
}

/// The arrays of the file `path`, in `f64`.
///
/// # Errors
///
/// When the file cannot be read, is no safetensors file, or holds anything but tensors of `F32` and `F64`.
pub fn read(path: impl AsRef<Path>) -> Result<Parameters> {
    let path = path.as_ref();
    decode(&read_bytes(path)?, path)
}

/// The arrays of the file `path`, in `f32`.
///
/// # Errors
///
/// As [`read`], and when a number is too large for `f32`.
pub fn read_f32(path: impl AsRef<Path>) -> Result<BTreeMap<String, ArrayD<f32>>> {
    let path = path.as_ref();
    decode_f32(&read_bytes(path)?, path)
}

/// As [`read`], from the bytes of a file; errors call it `path`.
///
/// # Errors
///
/// As [`read`].
pub fn decode(bytes: &[u8], path: impl AsRef<Path>) -> Result<Parameters> {
    let path = path.as_ref();
    parameters(entries(bytes, path)?, path)
}

/// As [`read_f32`], from the bytes of a file; errors call it `path`.
///
/// # Errors
///
/// As [`read_f32`].
pub fn decode_f32(bytes: &[u8], path: impl AsRef<Path>) -> Result<BTreeMap<String, ArrayD<f32>>> {
    let path = path.as_ref();
    f32_arrays(entries(bytes, path)?, path)
}

/// The name of the header's own part.
const METADATA: &str = "__metadata__";

fn write_entries(entries: &[Entry], path: &Path) -> Result<()> {
    if entries.iter().any(|entry| entry.name == METADATA) {
        let expected = format!("a name other than `{METADATA}`, which safetensors keeps for itself");
        return Err(Error::format(path, expected, "an array of that name"));
    }
    let tensors = entries.iter().map(|entry| (entry.name.as_str(), entry));
    let bytes = ::safetensors::serialize(tensors, None)
        .map_err(|error| Error::format(path, "arrays that safetensors can hold", error.to_string()))?;
    write_bytes(path, &bytes)
}

fn entries<'a>(bytes: &'a [u8], path: &Path) -> Result<Vec<Entry<'a>>> {
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| Error::format(path, "a whole safetensors file", error.to_string()))?;
    let mut entries = Vec::new();
    for (name, tensor) in tensors.tensors() {
        let precision = match tensor.dtype() {
            Dtype::F32 => Precision::F32,
            Dtype::F64 => Precision::F64,
            other => {
                let expected = format!("entry `{name}` to be of type F32 or F64");
                return Err(Error::format(path, expected, format!("type {other}")));
            }
        };
        let (shape, bytes) = (tensor.shape().to_vec(), Cow::Borrowed(tensor.data()));
        entries.push(Entry { name, precision, shape, fortran_order: false, bytes });
    }
    Ok(entries)
}

impl View for &Entry<'_> {
    fn dtype(&self) -> Dtype {
        match self.precision {
            Precision::F32 => Dtype::F32,
            Precision::F64 => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
