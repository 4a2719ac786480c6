//! The Python batches: a pickled dictionary with the array `data`, (N, 3072), and the list `labels`.

use std::path::Path;

use super::{Batch, IMAGE_LEN, ImageSet, MAX_FILE, images};
use crate::Result;
use crate::data::pickle::{ByteMatrix, Item, Pickle};
use crate::data::whole_file;

/// Reads a Python batch, such as `data_batch_1`: the entries `data` and `labels` of a pickled dictionary.
///
/// No code that a pickle may hold is ever run. Beside the published files, which Python 2 wrote, those that Python 3
/// writes of the same dictionary in protocols 2 to 4 are read.
///
/// # Errors
///
/// If the file cannot be read, or is not a whole pickle of nothing but plain data, or its entries are of another kind or
/// size, or a label is not one of 0 to 9.
pub fn read_python_batch(path: impl AsRef<Path>) -> Result<ImageSet> {
    let path = path.as_ref();
    decode_python_batch(&whole_file::read(path, MAX_FILE)?, path)
}

/// As [`read_python_batch`], from bytes in memory; `name` stands for the file in errors.
///
/// # Errors
///
/// As [`read_python_batch`].
pub fn decode_python_batch(bytes: &[u8], name: &Path) -> Result<ImageSet> {
    batch(bytes, name).map(images)
}

/// The names of the ten classes, from the bytes of a `batches.meta`: the entry `label_names` of a pickled dictionary.
///
/// # Errors
///
/// If these bytes are no such pickle, or there are not ten names.
pub fn decode_python_names(bytes: &[u8], name: &Path) -> Result<Vec<String>> {
    let pickle = Pickle::read(bytes, name)?;
    let item = pickle.get("label_names")?;
    let names: Vec<String> = item.list()?.map(|name| name.string()).collect::<Result<_>>()?;
    match names.len() {
        10 => Ok(names),
        count => Err(item.broken("the names of 10 classes", count.to_string())),
    }
}

/// How many pictures each batch has, from the bytes of a `batches.meta`.
pub(super) fn decode_batch_len(bytes: &[u8], path: &Path) -> Result<i32> {
    Pickle::read(bytes, path)?.get("num_cases_per_batch")?.integer()
}

pub(super) fn batch(bytes: &[u8], path: &Path) -> Result<Batch> {
    let pickle = Pickle::read(bytes, path)?;
    let data = pickle.get("data")?;
    let ByteMatrix { rows, columns, bytes: pixels } = data.byte_matrix()?;
    if columns != IMAGE_LEN {
        let found = format!("an array of {rows} x {columns}");
        return Err(data.broken("an array of N x 3072 bytes (3 planes of 32x32)", found));
    }
    let item = pickle.get("labels")?;
    let items = item.list()?;
    if items.len() != rows {
        let found = items.len().to_string();
        return Err(item.broken(&format!("{rows} labels, one for each row of `data`,"), found));
    }
    let label = |(index, item): (usize, Item)| {
        let label = item.integer()?;
        let broken = || item.broken("labels from 0 to 9", format!("{label} at index {index}"));
        u8::try_from(label).ok().filter(|&label| label <= 9).ok_or_else(broken)
    };
    let labels = items.enumerate().map(label).collect::<Result<_>>()?;
    Ok(Batch { pixels: pixels.into_owned(), labels })
}
