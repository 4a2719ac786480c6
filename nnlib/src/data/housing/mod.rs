//! California housing: 20640 blocks of the census of 1990, and the median value of a house in each.
//!
//! The published file has nine numbers a block. Eight features are derived from them as scikit-learn's
//! `fetch_california_housing` does, and the target is the value in units of 100000 dollars:
//!
//! | feature | from the file's columns |
//! |---|---|
//! | `MedInc` | median income, in 10000 dollars |
//! | `HouseAge` | median age of the houses, in years |
//! | `AveRooms` | rooms / households |
//! | `AveBedrms` | bedrooms / households |
//! | `Population` | people |
//! | `AveOccup` | people / households |
//! | `Latitude`, `Longitude` | in degrees |
//! | `MedHouseVal` (the target) | median value / 100000 |
//!
//! ```no_run
//! use nnlib::data::housing;
//! use nnlib::rng::RandomState;
//!
//! let california = housing::load()?;
//! println!("{}", california.table().head(5));
//! let split = california.split(15640, 2500, 2500, &mut RandomState::new(0)).standardized();
//! assert_eq!(split.train.x.shape(), [15640, 8]);
//! # Ok::<(), nnlib::Error>(())
//! ```
//!
//! Source: Pace, Barry: *Sparse Spatial Autoregressions*, Statistics and Probability Letters 33, 1997; the file
//! `cal_housing.data` of StatLib's archive `houses.zip`.

mod file;
mod split;

use std::fmt;
use std::path::{Path, PathBuf};

use super::places::exists;
use super::{Places, Table, housing_generator};
use crate::array::{Matrix, Vector};
use crate::{Error, Result};

pub use file::{decode, read};
pub use split::{Samples, Split};

/// The features, in the order of the columns of [`Housing::features`].
pub const FEATURE_NAMES: [&str; 8] =
    ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"];
/// The name of the target.
pub const TARGET_NAME: &str = "MedHouseVal";
/// How many blocks the published file has.
pub const LEN: usize = 20_640;

/// The folders in which the file may lie, in a data root: that of its name here, and that which the archive unpacks to.
const FOLDERS: [&str; 2] = ["california-housing", "CaliforniaHousing"];
const FILE: &str = "cal_housing.data";

/// Features and target of each block, and where they came from.
///
/// The blocks are in the order of the file, which is geographic: a split of it in this order trains on one part of the
/// country and tests on another. [`Housing::split`] shuffles them.
#[derive(Clone, PartialEq)]
pub struct Housing {
    /// The features, `(N, 8)`, in the order of [`FEATURE_NAMES`].
    pub features: Matrix,
    /// The median value of a house in units of 100000 dollars, `(N,)`.
    pub target: Vector,
    /// Where the numbers came from.
    pub origin: Origin,
}

/// Where numbers came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// They were made by [`housing_generator`]; this is not the real set.
    Embedded,
    /// This file.
    File(PathBuf),
}

/// A place in which [`load`] looks, and what is there.
#[derive(Debug)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// What it holds by the names of its files; nothing if there is no such folder; an error if it lacks the file.
    pub found: Result<Option<Origin>>,
}

/// Loads the set from the first place where it is found.
///
/// It looks in `$NNLIB_DATA`, then in `nnlib` in the user's [cache directory](super::places::cache_dir), for a folder
/// `california-housing` or `CaliforniaHousing`, and there for what [`load_from`] reads. If there is neither, the set is
/// [`embedded`]. No network is used.
///
/// # Errors
///
/// If one of the folders exists, but the file in it is missing or damaged: nobody should train on stand-ins without
/// knowing it.
pub fn load() -> Result<Housing> {
    load_in(&Places::from_environment())
}

/// As [`load`], looking in the given places instead of those of the environment.
///
/// # Errors
///
/// As [`load`].
pub fn load_in(places: &Places) -> Result<Housing> {
    for folder in places.folders_of(&FOLDERS) {
        if exists(&folder)? {
            return load_from(&folder);
        }
    }
    Ok(embedded())
}

/// The embedded table of 20640 blocks: made by [`housing_generator`], **not** the real set.
pub fn embedded() -> Housing {
    let (features, target) = housing_generator::rows(housing_generator::LEN);
    Housing { features, target, origin: Origin::Embedded }
}

/// Loads the set from the file `cal_housing.data` of a folder, which must have all 20640 blocks.
///
/// # Errors
///
/// If the file cannot be read, if it is damaged, or if it has more or fewer blocks.
pub fn load_from(folder: impl AsRef<Path>) -> Result<Housing> {
    let path = folder.as_ref().join(FILE);
    let housing = read(&path)?;
    match housing.len() {
        LEN => Ok(housing),
        count => Err(Error::format(&path, format!("{LEN} lines"), count.to_string())),
    }
}

/// The folders in which [`load`] looks, in order, and what each holds; no file is read.
pub fn locate() -> Vec<Place> {
    locate_in(&Places::from_environment())
}

/// As [`locate`], for the given places instead of those of the environment.
pub fn locate_in(places: &Places) -> Vec<Place> {
    let look = |folder: &Path| match exists(folder)? {
        false => Ok(None),
        true if folder.join(FILE).is_file() => Ok(Some(Origin::File(folder.join(FILE)))),
        true => Err(Error::format(folder, format!("the file {FILE}"), "none of that name")),
    };
    places.folders_of(&FOLDERS).into_iter().map(|folder| Place { found: look(&folder), folder }).collect()
}

impl Housing {
    /// How many blocks there are, `N`.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Whether there are no blocks.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// Features and target as a table, to be looked at: `table().head(5)`, `table().describe()`.
    pub fn table(&self) -> Table {
        Table::new(&FEATURE_NAMES, &self.features).with_column(TARGET_NAME, self.target.clone())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Embedded => write!(f, "embedded houses, made by a generator: NOT the real California housing"),
            Origin::File(path) => write!(f, "California housing from {}", path.display()),
        }
    }
}

impl fmt::Display for Housing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} blocks)", self.origin, self.len())?;
        if self.origin == Origin::Embedded {
            write!(f, ".\nFor the real set, put {FILE} into $NNLIB_DATA/{}.", FOLDERS[0])?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): this is what a notebook shows.
impl fmt::Debug for Housing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
