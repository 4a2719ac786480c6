//! Parameters in files: NumPy's `.npz`, and safetensors.
//!
//! | file | for whom | guards its numbers by |
//! |---|---|---|
//! | [`npz`] | `np.load` and `np.savez` | a checksum each array |
//! | [`safetensors`](mod@safetensors) | `safetensors.numpy`, PyTorch, JAX, Hugging Face | its length alone |
//!
//! Both hold arrays by name, in `f32` or `f64`. `write` and `read` are for [`Parameters`], in `f64`; `write_f32` and
//! `read_f32` for maps of `f32` arrays. Reading converts where the file has the other precision: to `f64` exactly, to
//! `f32` by rounding to the nearest.
//!
//! A file is written beside its place and then renamed, so that a reader, or a program that was interrupted, finds the
//! old one or the new one and never a part. A file that is cut short, damaged, or of another kind is an
//! [`Error`] that names the file, the entry, what was expected and what was found; nothing
//! is read in part, and no size is believed before the bytes are there.
//!
//! ```
//! use nnlib::ndarray::array;
//! use nnlib::parameters::Parameters;
//! use nnlib::save::npz;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("model.npz");
//! let mut params = Parameters::new();
//! params.insert("W1", array![[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]);
//! params.insert("b1", array![0.0, 0.0, 1.0]);
//! npz::write(&params, &path)?; // np.load("model.npz")["W1"] in Python
//! assert_eq!(npz::read(&path)?, params);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod npy;
pub mod npz;
pub mod safetensors;
mod zip;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use ndarray::ArrayD;

use crate::parameters::Parameters;
use crate::staging::write_file;
use crate::{Error, Result};
use entry::Entry;

fn entries_of(params: &Parameters) -> Vec<Entry<'static>> {
    params.iter().map(|(name, array)| Entry::from_f64(name, array)).collect()
}

fn entries_of_f32(arrays: &BTreeMap<String, ArrayD<f32>>) -> Vec<Entry<'static>> {
    arrays.iter().map(|(name, array)| Entry::from_f32(name, array)).collect()
}

fn parameters(entries: Vec<Entry>, path: &Path) -> Result<Parameters> {
    entries.into_iter().map(|entry| Ok((entry.name.clone(), entry.to_f64(path)?))).collect()
}

fn f32_arrays(entries: Vec<Entry>, path: &Path) -> Result<BTreeMap<String, ArrayD<f32>>> {
    entries.into_iter().map(|entry| Ok((entry.name.clone(), entry.to_f32(path)?))).collect()
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::io(path, "read", error))
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    // On disk before the new name is: a crash of the machine leaves the old file or the new one, too.
    write_file(path, |mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
}
