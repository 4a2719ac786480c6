//! CIFAR-10: 50000 training and 10000 test pictures in colour, 32 by 32, of ten classes.
//!
//! Two of the three published forms are read, by [`load`] and the functions beneath it; the pictures in both are the
//! same, in the same order.
//!
//! | folder | files | a file holds |
//! |---|---|---|
//! | `cifar-10-batches-py` | `data_batch_1` … `5`, `test_batch`, `batches.meta` | a pickled dictionary of Python 2 |
//! | `cifar-10-batches-bin` | `data_batch_1.bin` … `5`, `test_batch.bin`, `batches.meta.txt` | rows of 1 + 3072 bytes |
//!
//! [`Cifar10::split`] makes of it what networks are trained on: training, validation and test images, from which the mean
//! image of the training images is subtracted.
//!
//! ```no_run
//! use nnlib::data::cifar10;
//!
//! let cifar = cifar10::load()?;
//! let split = cifar.split(49000, 1000, 1000);
//! let (x, y) = split.train.rows(0..100);
//! assert_eq!((x.shape(), y.len()), (&[100, 3, 32, 32][..], 100));
//! # Ok::<(), nnlib::Error>(())
//! ```
//!
//! Source: Krizhevsky: *Learning Multiple Layers of Features from Tiny Images*, 2009; the forms are described on the
//! set's page, "Dataset layout" and "Binary version".

mod binary;
mod files;
mod python;
mod split;

use std::fmt;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2};

use super::places::exists;
use super::{ImageSet, MAX_PIXELS, Places, textures};
use crate::{Error, Result};
use files::Layout;

pub use binary::{decode_binary_batch, decode_binary_names, read_binary_batch};
pub use python::{decode_python_batch, decode_python_names, read_python_batch};
pub use split::{CenteredImages, Split};

/// Rows and columns of each picture.
const SIDE: usize = 32;
/// Bytes of a picture: three planes, red, green and blue.
const IMAGE_LEN: usize = 3 * SIDE * SIDE;
/// The largest file that is read: five times a published batch, and six such files hold no more than any set may.
const MAX_FILE: u64 = MAX_PIXELS / 6;

/// What the classes 0 to 9 show.
pub const CLASS_NAMES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The folders in which the set may lie, in a data root: those that its archives unpack to, and one of its short name.
const FOLDERS: [&str; 3] = ["cifar-10-batches-py", "cifar-10-batches-bin", "cifar10"];

/// A training set and a test set, and where they came from.
///
/// Shown in a notebook, or printed, it says in a line what was loaded.
#[derive(Clone, PartialEq, Eq)]
pub struct Cifar10 {
    /// The images to train on.
    pub train: ImageSet,
    /// The images to test on.
    pub test: ImageSet,
    /// What the classes 0 to 9 show.
    pub class_names: Vec<String>,
    /// Where the images came from.
    pub origin: Origin,
}

/// Where images came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// They were drawn by [`textures`], now or once and for all by [`prepared`](super::prepared); this is not the real set.
    Embedded,
    /// The Python batches in this folder.
    Python(PathBuf),
    /// The binary batches in this folder.
    Binary(PathBuf),
}

/// A folder in which [`load`] looks, and what is there.
#[derive(Debug)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// What it holds by the names of its files; nothing if there is no such folder; an error if it lacks a file.
    pub found: Result<Option<Origin>>,
}

/// The pictures of a file and their labels.
struct Batch {
    /// Picture by picture, each plane by plane.
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

/// Loads the set from the first place where it is found.
///
/// It looks in `$NNLIB_DATA`, then in `nnlib` in the user's [cache directory](super::places::cache_dir), for one of the
/// folders `cifar-10-batches-py`, `cifar-10-batches-bin` and `cifar10`, and there for what [`load_from`] reads. If
/// there is none of them, the set is [`embedded`]. No network is used.
///
/// # Errors
///
/// If one of the folders exists, but the set in it is incomplete or damaged: nobody should train on stand-ins without
/// knowing it.
pub fn load() -> Result<Cifar10> {
    load_in(&Places::from_environment())
}

/// As [`load`], looking in the given places instead of those of the environment.
///
/// # Errors
///
/// As [`load`].
pub fn load_in(places: &Places) -> Result<Cifar10> {
    for folder in places.folders_of(&FOLDERS) {
        if exists(&folder)? {
            return load_from(&folder);
        }
    }
    Ok(embedded())
}

/// The embedded pictures, 50000 to train on and 10000 to test on: drawn by [`textures`], **not** the real set, and of
/// other classes.
pub fn embedded() -> Cifar10 {
    Cifar10 {
        train: textures::train_set(textures::TRAIN_LEN),
        test: textures::test_set(textures::TEST_LEN),
        class_names: textures::CLASS_NAMES.map(str::to_owned).to_vec(),
        origin: Origin::Embedded,
    }
}

/// Loads the set from a folder with the files of one of the two forms, or with one of the folders that the archives
/// unpack to.
///
/// Where both forms are, the Python batches are read. All six batches must have the same number of pictures, and as many
/// as `batches.meta` says, where that is there.
///
/// # Errors
///
/// If neither is there, if a file is missing, or if one cannot be read or is damaged.
pub fn load_from(folder: impl AsRef<Path>) -> Result<Cifar10> {
    let layout = Layout::of(folder.as_ref())?;
    let (train, test) = layout.read()?;
    let (train, test) = (images(train), images(test));
    if train.is_empty() {
        return Err(Error::format(layout.folder(), "training images", "none"));
    }
    Ok(Cifar10 { train, test, class_names: layout.read_names()?, origin: layout.origin() })
}

/// The folders in which [`load`] looks, in order, and what each holds; no image is read.
pub fn locate() -> Vec<Place> {
    locate_in(&Places::from_environment())
}

/// As [`locate`], for the given places instead of those of the environment.
pub fn locate_in(places: &Places) -> Vec<Place> {
    let look = |folder: &Path| Ok(if exists(folder)? { Some(Layout::of(folder)?.origin()) } else { None });
    places.folders_of(&FOLDERS).into_iter().map(|folder| Place { found: look(&folder), folder }).collect()
}

fn images(batch: Batch) -> ImageSet {
    let pixels = Array2::from_shape_vec((batch.labels.len(), IMAGE_LEN), batch.pixels);
    let pixels = pixels.expect("a batch has as many labels as pictures");
    ImageSet::with_channels(pixels, Array1::from_vec(batch.labels), 3, SIDE, SIDE)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Embedded => write!(f, "embedded pictures, drawn by a generator: NOT the real CIFAR-10"),
            Origin::Python(folder) => write!(f, "CIFAR-10 from the Python batches in {}", folder.display()),
            Origin::Binary(folder) => write!(f, "CIFAR-10 from the binary batches in {}", folder.display()),
        }
    }
}

impl fmt::Display for Cifar10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} + {} images)", self.origin, self.train.len(), self.test.len())?;
        if self.origin == Origin::Embedded {
            write!(f, ".\nFor the real set, unpack cifar-10-python.tar.gz or cifar-10-binary.tar.gz in $NNLIB_DATA.")?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): this is what a notebook shows.
impl fmt::Debug for Cifar10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
