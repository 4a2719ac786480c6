//! The published file: a line a block, nine numbers with commas between them.

use std::path::Path;

use ndarray::{Array1, Array2};

use super::{FEATURE_NAMES, Housing, Origin};
use crate::data::whole_file;
use crate::{Error, Result};

/// The columns of the file.
const COLUMNS: [&str; 9] = [
    "longitude",
    "latitude",
    "median age",
    "rooms",
    "bedrooms",
    "population",
    "households",
    "median income",
    "median house value",
];

/// Decimals of each number. A file that is cut short within a number has fewer.
const DECIMALS: usize = 6;

/// The largest file that is read: thirty times the published one.
const MAX_FILE: u64 = 1 << 26;

/// Reads a file such as `cal_housing.data`, of any number of blocks.
///
/// # Errors
///
/// If the file cannot be read, has no lines, or a line is not nine numbers with six decimals each, of which the
/// households are more than 0.
pub fn read(path: impl AsRef<Path>) -> Result<Housing> {
    let path = path.as_ref();
    decode(&whole_file::read(path, MAX_FILE)?, path)
}

/// As [`read`], from bytes in memory; `name` stands for the file.
///
/// # Errors
///
/// As [`read`].
pub fn decode(bytes: &[u8], name: &Path) -> Result<Housing> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
        Error::format(name, format!("text in line {line}"), "bytes that are no UTF-8")
    })?;
    let mut features = Vec::new();
    let mut target = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let block = numbers(line).map_err(|Broken { column, expected, found }| {
            let at = column.map(|column| format!(", column {} ({})", column + 1, COLUMNS[column])).unwrap_or_default();
            Error::format(name, format!("{expected} in line {number}{at}"), found)
        })?;
        let (row, value) = derive(block);
        features.extend(row);
        target.push(value);
    }
    if target.is_empty() {
        return Err(Error::format(name, "at least one line of numbers", "none"));
    }
    let features = Array2::from_shape_vec((target.len(), FEATURE_NAMES.len()), features);
    Ok(Housing {
        features: features.expect("a row of features for each target"),
        target: Array1::from_vec(target),
        origin: Origin::File(name.to_owned()),
    })
}

/// The features and the target of a block with these numbers, in the order of [`COLUMNS`].
fn derive(block: [f64; 9]) -> ([f64; 8], f64) {
    let [longitude, latitude, age, rooms, bedrooms, population, households, income, value] = block;
    let features = [
        income,
        age,
        rooms / households,
        bedrooms / households,
        population,
        population / households,
        latitude,
        longitude,
    ];
    (features, value / 100_000.0)
}

/// What is wrong with a line, and in which of its columns.
struct Broken {
    column: Option<usize>,
    expected: String,
    found: String,
}

/// The numbers of a line.
fn numbers(line: &str) -> Result<[f64; 9], Broken> {
    let count = line.split(',').count();
    if count != COLUMNS.len() {
        let expected = format!("{} numbers with commas between them", COLUMNS.len());
        return Err(Broken { column: None, expected, found: count.to_string() });
    }
    let mut numbers = [0.0; 9];
    for (column, field) in line.split(',').enumerate() {
        let broken = |expected: &str| {
            // A damaged file may hold anything, and of any length.
            let found: String = field.chars().take(40).collect();
            Broken { column: Some(column), expected: expected.to_owned(), found: format!("{found:?}") }
        };
        let decimals = field.split_once('.').map_or("", |(_, decimals)| decimals);
        let well_formed = decimals.len() == DECIMALS && decimals.bytes().all(|digit| digit.is_ascii_digit());
        let number = field.parse().ok().filter(|number: &f64| well_formed && number.is_finite());
        numbers[column] = number.ok_or_else(|| broken("a number with 6 decimals"))?;
        if COLUMNS[column] == "households" && numbers[column] <= 0.0 {
            return Err(broken("a number above 0"));
        }
    }
    Ok(numbers)
}
