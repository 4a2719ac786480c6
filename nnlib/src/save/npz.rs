//! `.npz`, NumPy's archive of arrays: what `np.savez` and `np.savez_compressed` write and `np.load` reads.
//!
//! ```python
//! arrays = np.load("model.npz")                # what `write` wrote
//! np.savez("model.npz", **arrays)              # what `read` reads
//! ```
//!
//! An archive is a ZIP file with an entry `NAME.npy` for each array; each entry carries a CRC-32. `write` stores the
//! numbers as they are; `read` also takes compressed entries, column-major (Fortran) and big-endian arrays. Entries of
//! other types than `f4` and `f8` are refused.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::ArrayD;

use super::entry::Entry;
use super::{entries_of, entries_of_f32, f32_arrays, npy, parameters, read_bytes, write_bytes, zip};
use crate::parameters::Parameters;
use crate::{Error, Result};

/// Writes `params` to `path` in `f64`, in place of what was there.
///
/// # Errors
///
/// When the file cannot be written, or would be of 4 GiB or more.
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
/// When the file cannot be read, is no `.npz` file, is damaged, or holds anything but arrays of floating-point numbers.
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
    let members = zip::decode(bytes, path)?;
    parameters(entries(&members, path)?, path)
}

/// As [`read_f32`], from the bytes of a file; errors call it `path`.
///
/// # Errors
///
/// As [`read_f32`].
pub fn decode_f32(bytes: &[u8], path: impl AsRef<Path>) -> Result<BTreeMap<String, ArrayD<f32>>> {
    let path = path.as_ref();
    let members = zip::decode(bytes, path)?;
    f32_arrays(entries(&members, path)?, path)
}

fn write_entries(entries: &[Entry], path: &Path) -> Result<()> {
    let members = entries.iter().map(|entry| (format!("{}.npy", entry.name), npy::encode(entry)));
    write_bytes(path, &zip::encode(members, path)?)
}

fn entries<'a>(members: &'a [zip::Member], path: &Path) -> Result<Vec<Entry<'a>>> {
    let entry = |member: &'a zip::Member| {
        let name = member.name.strip_suffix(".npy").ok_or_else(|| {
            Error::format(path, "an `.npz` file, with entries `NAME.npy`", format!("an entry `{}`", member.name))
        })?;
        npy::decode(&member.content, name, path)
    };
    members.iter().map(entry).collect()
}
