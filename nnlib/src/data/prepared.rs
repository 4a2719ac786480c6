//! The embedded sets as files: drawn once, and read many times.
//!
//! Drawing them takes a second of a processor, or two, in every process that asks for them. Who runs many notebooks, as a grader
//! does, draws them once, and names the folder by `NNLIB_DATA`. A set that is read from there has the origin `Embedded`, since it
//! is the same, and no notebook takes it for the real one: a file `drawn-by-nnlib` lies beside the others and says so.
//!
//! ```no_run
//! use nnlib::data::prepared;
//!
//! prepared::write("/tmp/embedded")?;
//! # Ok::<(), nnlib::Error>(())
//! ```

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use super::{ImageSet, digits, idx, textures};
use crate::staging::{write_file, write_folder};
use crate::{Error, Result};

/// The file that tells drawn sets from published ones.
const MARKER: &str = "drawn-by-nnlib";
/// How many files the training images of CIFAR-10 come in.
const NUM_BATCHES: usize = 5;

/// Writes the embedded digits and colour pictures into new folders `mnist` and `cifar-10-batches-bin` of `root`: 240 MB. The table
/// of houses takes no time to make.
///
/// # Errors
///
/// If one of the folders exists, or something cannot be written; a folder appears whole or not at all.
pub fn write(root: impl AsRef<Path>) -> Result<()> {
    write_sets(root.as_ref(), [digits::TRAIN_LEN, digits::TEST_LEN], [textures::TRAIN_LEN, textures::TEST_LEN])
}

/// As [`write()`], so many training and test images of each.
fn write_sets(root: &Path, num_digits: [usize; 2], num_pictures: [usize; 2]) -> Result<()> {
    write_folder(&root.join("mnist"), |folder| {
        let file = |name: &str| folder.join(name);
        let [train, test] = [digits::train_set(num_digits[0]), digits::test_set(num_digits[1])];
        idx::write(&train, file("train-images-idx3-ubyte"), file("train-labels-idx1-ubyte"))?;
        idx::write(&test, file("t10k-images-idx3-ubyte"), file("t10k-labels-idx1-ubyte"))?;
        mark(folder)
    })?;
    write_folder(&root.join("cifar-10-batches-bin"), |folder| {
        let (train, len) = (textures::train_set(num_pictures[0]), num_pictures[0] / NUM_BATCHES);
        for batch in 0..NUM_BATCHES {
            let rows = train.rows(batch * len..(batch + 1) * len);
            write_batch(&folder.join(format!("data_batch_{}.bin", batch + 1)), &rows)?;
        }
        write_batch(&folder.join("test_batch.bin"), &textures::test_set(num_pictures[1]))?;
        write_text(&folder.join("batches.meta.txt"), &textures::CLASS_NAMES.join("\n"))?;
        mark(folder)
    })
}

/// Whether what lies in a folder was drawn, and is no published set.
pub(super) fn was_drawn(folder: &Path) -> bool {
    folder.join(MARKER).is_file()
}

fn mark(folder: &Path) -> Result<()> {
    write_text(&folder.join(MARKER), "These pictures were drawn by nnlib. They are not the published set.")
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    fs::write(path, format!("{text}\n")).map_err(|error| Error::io(path, "write", error))
}

/// Label and pixels of each picture, as [`read_binary_batch`](super::cifar10::read_binary_batch) reads them.
fn write_batch(path: &Path, set: &ImageSet) -> Result<()> {
    write_file(path, |file: File| {
        let mut writer = BufWriter::new(file);
        for (row, &label) in set.pixels().rows().into_iter().zip(set.labels()) {
            writer.write_all(&[label])?;
            writer.write_all(row.as_slice().expect("an image set lies row by row in memory"))?;
        }
        writer.flush()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Places, cifar10, mnist};

    #[test]
    fn what_is_read_is_what_would_have_been_drawn() {
        let root = tempfile::tempdir().unwrap();
        write_sets(root.path(), [30, 7], [20, 4]).unwrap();
        let places = Places { data_root: Some(root.path().to_owned()), cache: None };
        let read = mnist::load_in(&places).unwrap();
        assert_eq!((read.train, read.test), (digits::train_set(30), digits::test_set(7)));
        assert_eq!(read.origin, mnist::Origin::Embedded);
        let read = cifar10::load_in(&places).unwrap();
        assert_eq!((read.train, read.test), (textures::train_set(20), textures::test_set(4)));
        assert_eq!(
            (read.origin, read.class_names),
            (cifar10::Origin::Embedded, textures::CLASS_NAMES.map(str::to_owned).to_vec())
        );
        assert!(matches!(mnist::locate_in(&places)[0].found, Ok(Some(mnist::Origin::Embedded))));
        assert!(write(root.path()).unwrap_err().to_string().contains("mnist"));
    }

    /// Only the marker makes the difference.
    #[test]
    fn files_without_the_marker_are_taken_for_what_they_claim_to_be() {
        let root = tempfile::tempdir().unwrap();
        write_sets(root.path(), [3, 2], [5, 1]).unwrap();
        for (folder, is_embedded) in
            [("mnist", true), ("cifar-10-batches-bin", true), ("mnist", false), ("cifar-10-batches-bin", false)]
        {
            let folder = root.path().join(folder);
            if !is_embedded {
                fs::remove_file(folder.join(MARKER)).unwrap();
            }
            let found = match folder.ends_with("mnist") {
                true => mnist::load_from(&folder).unwrap().origin == mnist::Origin::Embedded,
                false => cifar10::load_from(&folder).unwrap().origin == cifar10::Origin::Embedded,
            };
            assert_eq!(found, is_embedded, "{}", folder.display());
        }
    }
}
