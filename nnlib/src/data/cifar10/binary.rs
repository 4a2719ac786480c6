//! The binary batches: a byte of label and 3072 bytes of pixels a picture, and nothing else.

use std::path::Path;

use super::{Batch, IMAGE_LEN, ImageSet, MAX_FILE, images};
use crate::data::image_set::stray_label;
use crate::data::whole_file;
use crate::{Error, Result};

/// Bytes of a picture and its label.
const ROW_LEN: usize = 1 + IMAGE_LEN;

/// Reads a binary batch, such as `data_batch_1.bin`.
///
/// # Errors
///
/// If the file cannot be read, is no whole number of rows, or a label is not one of 0 to 9.
pub fn read_binary_batch(path: impl AsRef<Path>) -> Result<ImageSet> {
    let path = path.as_ref();
    decode_binary_batch(&whole_file::read(path, MAX_FILE)?, path)
}

/// As [`read_binary_batch`], from bytes in memory; `name` stands for the file in errors.
///
/// # Errors
///
/// As [`read_binary_batch`].
pub fn decode_binary_batch(bytes: &[u8], name: &Path) -> Result<ImageSet> {
    batch(bytes, name).map(images)
}

/// The names of the ten classes, from the bytes of a `batches.meta.txt`: a name a line.
///
/// # Errors
///
/// If these are not ten lines of text; empty lines at the end do not count.
pub fn decode_binary_names(bytes: &[u8], name: &Path) -> Result<Vec<String>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::format(name, "text in UTF-8", format!("other bytes at byte {}", error.valid_up_to()))
    })?;
    let names: Vec<String> = text.trim_end().lines().map(|line| line.trim().to_owned()).collect();
    match names.len() {
        10 => Ok(names),
        count => Err(Error::format(name, "the names of 10 classes, a line each", format!("{count} lines"))),
    }
}

pub(super) fn batch(bytes: &[u8], path: &Path) -> Result<Batch> {
    let (rows, rest) = bytes.as_chunks::<ROW_LEN>();
    if !rest.is_empty() {
        let expected = format!("rows of {ROW_LEN} bytes (a label and 3 planes of 32x32)");
        return Err(Error::format(path, expected, format!("{} rows and {} bytes", rows.len(), rest.len())));
    }
    let labels: Vec<u8> = rows.iter().map(|row| row[0]).collect();
    if let Some(index) = stray_label(labels.iter()) {
        let found = format!("label {} in row {index}, at byte {}", labels[index], index * ROW_LEN);
        return Err(Error::format(path, "labels from 0 to 9", found));
    }
    let mut pixels = Vec::with_capacity(rows.len() * IMAGE_LEN);
    rows.iter().for_each(|row| pixels.extend_from_slice(&row[1..]));
    Ok(Batch { pixels, labels })
}
