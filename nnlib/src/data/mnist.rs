//! MNIST: 60000 training and 10000 test images of handwritten digits, 28 by 28.
//!
//! Source: LeCun, Bottou, Bengio, Haffner: *Gradient-based learning applied to document recognition*, Proceedings of
//! the IEEE 86, 1998.

use std::fmt;
use std::path::{Path, PathBuf};

use super::places::exists;
use super::png_folder::list;
use super::{ImageSet, Places, digits, idx, png_folder, prepared};
use crate::{Error, Result};

/// The four files of the set, and how their names go on: `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, both
/// also with `.gz`.
const FILES: [(&str, &str); 4] = [
    ("train-images", "idx3-ubyte"),
    ("train-labels", "idx1-ubyte"),
    ("t10k-images", "idx3-ubyte"),
    ("t10k-labels", "idx1-ubyte"),
];

/// A training set and a test set, and where they came from.
///
/// Shown in a notebook, or printed, it says in a line or two what was loaded.
#[derive(Clone, PartialEq, Eq)]
pub struct Mnist {
    /// The images to train on.
    pub train: ImageSet,
    /// The images to test on.
    pub test: ImageSet,
    /// Where the images came from.
    pub origin: Origin,
}

/// Where images came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// They were drawn by [`digits`], now or once and for all by [`prepared`]; this is not the real set.
    Embedded,
    /// The four IDX files in this folder.
    Idx(PathBuf),
    /// The PNG files in the folders `Train` and `Test` of this folder.
    PngFolder(PathBuf),
}

/// A folder in which [`load`] looks, and what is there.
#[derive(Debug)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// What it holds by the names of its files; nothing if there is no such folder; an error if it lacks a file.
    pub found: Result<Option<Origin>>,
}

/// Loads the real set where it is found, else the [`embedded`] digits.
///
/// It looks in `$NNLIB_DATA/mnist`, then in `nnlib/mnist` in the user's [cache directory](super::places::cache_dir),
/// for what [`load_from`] reads. No network is used.
///
/// # Errors
///
/// If one of these folders exists, but the set in it is incomplete or damaged: nobody should train on stand-ins
/// without knowing it.
pub fn load() -> Result<Mnist> {
    load_in(&Places::from_environment())
}

/// As [`load`], looking in the given places instead of those of the environment.
///
/// # Errors
///
/// As [`load`].
pub fn load_in(places: &Places) -> Result<Mnist> {
    for folder in places.folders("mnist") {
        if exists(&folder)? {
            return load_from(&folder);
        }
    }
    Ok(embedded())
}

/// Loads the set from a folder.
///
/// The folder holds either the four IDX files (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
/// `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`, each plain or with `.gz`, or with a dot as in
/// `train-images.idx3-ubyte`), or the folders `Train` and `Test` (or `training` and `testing`, in any case) as
/// [`png_folder`] describes. Where both are, the IDX files are read; of several forms of a file, the first of these.
///
/// # Errors
///
/// If neither is there, if a file is missing, or if one cannot be read or is damaged.
pub fn load_from(folder: impl AsRef<Path>) -> Result<Mnist> {
    let folder = folder.as_ref();
    let layout = Layout::of(folder)?;
    let (train, test) = match &layout {
        Layout::Idx([train_images, train_labels, test_images, test_labels]) => {
            (idx::read(train_images, train_labels)?, idx::read(test_images, test_labels)?)
        }
        Layout::PngFolder { train, test } => (png_folder::read(train)?, png_folder::read(test)?),
    };
    for (name, set) in [("training", &train), ("test", &test)] {
        if set.is_empty() {
            return Err(Error::format(folder, format!("{name} images"), "none"));
        }
    }
    if (train.height(), train.width()) != (test.height(), test.width()) {
        let expected = format!("test images of {}x{} as the training images", train.height(), train.width());
        return Err(Error::format(folder, expected, format!("{}x{}", test.height(), test.width())));
    }
    Ok(Mnist { train, test, origin: layout.origin(folder) })
}

/// The embedded digits, 60000 to train on and 10000 to test on: drawn by [`digits`], **not** the real set.
pub fn embedded() -> Mnist {
    Mnist {
        train: digits::train_set(digits::TRAIN_LEN),
        test: digits::test_set(digits::TEST_LEN),
        origin: Origin::Embedded,
    }
}

/// The folders in which [`load`] looks, in order, and what each holds; no image is read.
pub fn locate() -> Vec<Place> {
    locate_in(&Places::from_environment())
}

/// As [`locate`], for the given places instead of those of the environment.
pub fn locate_in(places: &Places) -> Vec<Place> {
    let look = |folder: &Path| Ok(if exists(folder)? { Some(Layout::of(folder)?.origin(folder)) } else { None });
    places.folders("mnist").into_iter().map(|folder| Place { found: look(&folder), folder }).collect()
}

/// The files of a set in a folder.
enum Layout {
    /// In the order of [`FILES`].
    Idx([PathBuf; 4]),
    PngFolder {
        train: PathBuf,
        test: PathBuf,
    },
}

impl Layout {
    fn of(folder: &Path) -> Result<Layout> {
        let names = list(folder)?;
        let files = FILES.map(|(stem, suffix)| {
            let mut candidates = candidates(stem, suffix).into_iter().map(|name| folder.join(name));
            candidates.find(|path| path.is_file())
        });
        if files.iter().any(Option::is_some) {
            let complete = |index: usize| {
                files[index].clone().ok_or_else(|| {
                    let (stem, suffix) = FILES[index];
                    let [name, gz, dotted, dotted_gz] = candidates(stem, suffix);
                    let expected = format!("the file {name} (or {gz}, {dotted}, {dotted_gz})");
                    Error::format(folder, expected, "only others of the four MNIST files")
                })
            };
            return Ok(Layout::Idx([complete(0)?, complete(1)?, complete(2)?, complete(3)?]));
        }
        let split = |short: &str, long: &str| -> Result<Option<PathBuf>> {
            let mut matching =
                names.iter().filter(|name| name.eq_ignore_ascii_case(short) || name.eq_ignore_ascii_case(long));
            match (matching.next(), matching.next()) {
                (Some(first), Some(second)) => {
                    let found = format!("both {} and {}", first.display(), second.display());
                    Err(Error::format(folder, format!("one folder {short}"), found))
                }
                (first, _) => Ok(first.map(|name| folder.join(name))),
            }
        };
        let missing =
            |name: &str, other: &str| Error::format(folder, format!("a folder {name}"), format!("only {other}"));
        match (split("Train", "Training")?, split("Test", "Testing")?) {
            (Some(train), Some(test)) => Ok(Layout::PngFolder { train, test }),
            (Some(_), None) => Err(missing("Test", "Train")),
            (None, Some(_)) => Err(missing("Train", "Test")),
            (None, None) => Err(nothing_in(folder)),
        }
    }

    fn origin(&self, folder: &Path) -> Origin {
        match self {
            _ if prepared::was_drawn(folder) => Origin::Embedded,
            Layout::Idx(_) => Origin::Idx(folder.to_owned()),
            Layout::PngFolder { .. } => Origin::PngFolder(folder.to_owned()),
        }
    }
}

/// The names under which one of the four files goes.
fn candidates(stem: &str, suffix: &str) -> [String; 4] {
    [
        format!("{stem}-{suffix}"),
        format!("{stem}-{suffix}.gz"),
        format!("{stem}.{suffix}"),
        format!("{stem}.{suffix}.gz"),
    ]
}

fn nothing_in(folder: &Path) -> Error {
    let files = FILES.iter().map(|(stem, suffix)| folder.join(format!("{stem}-{suffix}")));
    Error::NotFound {
        name: "MNIST".to_owned(),
        searched: files.chain(["Train", "Test"].map(|name| folder.join(name))).collect(),
        hint: "Put the four files there, plain or with .gz, \
               or the folders Train and Test with a folder of PNG files for each digit."
            .to_owned(),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Embedded => write!(f, "embedded digits, drawn by a generator: NOT the real MNIST"),
            Origin::Idx(folder) => write!(f, "MNIST from {}", folder.display()),
            Origin::PngFolder(folder) => write!(f, "MNIST from the PNG folders in {}", folder.display()),
        }
    }
}

impl fmt::Display for Mnist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} + {} images)", self.origin, self.train.len(), self.test.len())?;
        if self.origin == Origin::Embedded {
            let [a, b, c, d] = FILES.map(|(stem, suffix)| format!("{stem}-{suffix}.gz"));
            write!(f, ".\nFor the real set, put {a}, {b}, {c} and {d} into $NNLIB_DATA/mnist.")?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): this is what a notebook shows.
impl fmt::Debug for Mnist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
