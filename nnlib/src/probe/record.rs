//! Records of values, as bytes and back.

use ndarray::{ArrayD, IxDyn};
use std::fmt;

/// What begins a record.
const MAGIC: &[u8; 4] = b"PROB";
/// The most values in one record: 8 MB. A grader has many notebooks to read.
pub const MAX_VALUES: usize = 1 << 20;
/// The most bytes of a name.
pub const MAX_NAME: usize = 200;
/// The most axes of an array.
pub const MAX_AXES: usize = 8;

/// What one call of [`probe()`](super::probe()) sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Under which name.
    pub name: String,
    /// The values.
    pub values: ArrayD<f64>,
}

impl Record {
    /// The record as the [module's doc](super) says; or which bound it exceeds.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_VALUES`] values or [`MAX_AXES`] axes, or the name is longer than [`MAX_NAME`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let (name, values) = (&self.name, &self.values);
        for (found, most, what) in [
            (name.len(), MAX_NAME, "bytes in its name"),
            (values.ndim(), MAX_AXES, "axes"),
            (values.len(), MAX_VALUES, "values"),
        ] {
            if found > most {
                return Err(format!("`{name}` has {found} {what}, expected at most {most}"));
            }
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((values.ndim() as u32).to_le_bytes());
        for &len in values.shape() {
            bytes.extend((len as u64).to_le_bytes());
        }
        bytes.extend(name.as_bytes());
        for value in values {
            bytes.extend(value.to_le_bytes());
        }
        Ok(bytes)
    }
}

/// The records in `bytes`, one after the other, and last what is malformed, if anything is.
///
/// Nothing is taken into memory that is not there, whatever a header promises, and nothing panics. After a malformed record
/// there are no more: where the next would begin is anybody's guess.
///
/// ```
/// use nnlib::ndarray::array;
/// use nnlib::probe::{Record, records};
///
/// let sent = Record { name: "double/out".to_owned(), values: array![2.0, 4.0].into_dyn() };
/// let mut bytes = sent.to_bytes()?;
/// bytes.extend(b"PRO");
/// let mut read = records(&bytes);
/// assert_eq!(read.next(), Some(Ok(sent)));
/// let malformed = read.next().unwrap().unwrap_err();
/// assert_eq!(malformed.to_string(), "byte 46: expected a record, found the end");
/// assert_eq!(read.next(), None);
/// # Ok::<(), String>(())
/// ```
pub fn records(bytes: &[u8]) -> Records<'_> {
    Records { bytes, at: 0, is_done: false }
}

/// An iterator over the records in some bytes; made by [`records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    /// Where the next record begins.
    at: usize,
    is_done: bool,
}

/// A place where bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where the record begins that is none.
    pub at: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.at, self.message)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done || self.at == self.bytes.len() {
            return None;
        }
        let mut reader = Reader { rest: &self.bytes[self.at..] };
        let record = reader.record().map_err(|message| Malformed { at: self.at, message });
        self.is_done = record.is_err();
        self.at = self.bytes.len() - reader.rest.len();
        Some(record)
    }
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn record(&mut self) -> Result<Record, String> {
        if self.take(MAGIC.len())? != MAGIC {
            return Err("expected a record, found other bytes".to_owned());
        }
        let name_len = bounded(u64::from(self.u32()?), MAX_NAME, "bytes of a name")?;
        let num_axes = bounded(u64::from(self.u32()?), MAX_AXES, "axes")?;
        let mut shape = Vec::with_capacity(num_axes);
        for _ in 0..num_axes {
            let len = u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes were taken"));
            shape.push(bounded(len, MAX_VALUES, "entries of an axis")?);
        }
        // No product of eight such numbers is beyond 128 bits but that of the largest, which saturates.
        let count = shape.iter().fold(1_u128, |product, &len| product.saturating_mul(len as u128));
        let count = bounded(u64::try_from(count).unwrap_or(u64::MAX), MAX_VALUES, "values")?;
        let name = std::str::from_utf8(self.take(name_len)?).map_err(|_| "expected a name in UTF-8".to_owned())?;
        let values = self.take(8 * count)?.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
        // Without any value, the other axes may still be too long for an array together.
        let values = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|error| error.to_string())?;
        Ok(Record { name: name.to_owned(), values })
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("expected a record, found the end")?;
        self.rest = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes were taken")))
    }
}

fn bounded(found: u64, most: usize, what: &str) -> Result<usize, String> {
    match usize::try_from(found) {
        Ok(found) if found <= most => Ok(found),
        _ => Err(format!("expected at most {most} {what}, found {found}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::RandomState;
    use ndarray::array;

    fn some() -> Vec<Record> {
        let record = |name: &str, values: ArrayD<f64>| Record { name: name.to_owned(), values };
        vec![
            record("a/number", ArrayD::from_elem(IxDyn(&[]), 3.0)),
            record("größe", array![[1.0, f64::INFINITY, -0.0], [2.0, 1e-310, 5.0]].into_dyn()),
            record("", ArrayD::zeros(IxDyn(&[0, 3]))),
        ]
    }

    fn bytes_of(records: &[Record]) -> Vec<u8> {
        records.iter().flat_map(|record| record.to_bytes().unwrap()).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let read: Vec<Record> = records(&bytes_of(&some())).map(Result::unwrap).collect();
        assert_eq!(read, some());
        let nan = Record { name: "x".to_owned(), values: array![f64::NAN].into_dyn() };
        let read = records(&nan.to_bytes().unwrap()).next().unwrap().unwrap();
        assert!(read.values[0].is_nan());
        assert_eq!(records(b"").next(), None);
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        let error = |name: &str, shape: &[usize]| {
            Record { name: name.to_owned(), values: ArrayD::zeros(IxDyn(shape)) }.to_bytes().unwrap_err()
        };
        assert_eq!(error("x", &[MAX_VALUES + 1]), "`x` has 1048577 values, expected at most 1048576");
        assert_eq!(error("x", &[1; 9]), "`x` has 9 axes, expected at most 8");
        assert!(error(&"x".repeat(201), &[]).ends_with("has 201 bytes in its name, expected at most 200"));
    }

    /// However much is missing: the records before are whole, and the last is an error.
    #[test]
    fn a_file_that_ends_anywhere() {
        let (bytes, mut ends) = (bytes_of(&some()), vec![0]);
        some().iter().for_each(|record| ends.push(ends[ends.len() - 1] + record.to_bytes().unwrap().len()));
        for len in 0..bytes.len() {
            let whole = ends.iter().filter(|&&end| end <= len).count() - 1;
            let read: Vec<_> = records(&bytes[..len]).collect();
            assert_eq!(read[..whole].iter().cloned().map(Result::unwrap).collect::<Vec<_>>(), some()[..whole]);
            match ends.contains(&len) {
                true => assert_eq!(read.len(), whole),
                false => {
                    let message = "expected a record, found the end".to_owned();
                    assert_eq!(read[whole..], [Err(Malformed { at: ends[whole], message })]);
                }
            }
        }
    }

    /// A record of this name length, these axes and no more.
    fn header(name_len: u32, axes: &[u64]) -> String {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(name_len.to_le_bytes());
        bytes.extend((axes.len() as u32).to_le_bytes());
        axes.iter().for_each(|len| bytes.extend(len.to_le_bytes()));
        let mut read = records(&bytes);
        let message = read.next().unwrap().unwrap_err().message;
        assert_eq!(read.next(), None);
        message
    }

    #[test]
    fn headers_that_promise_too_much() {
        assert_eq!(header(u32::MAX, &[]), "expected at most 200 bytes of a name, found 4294967295");
        assert_eq!(header(0, &[1; 9]), "expected at most 8 axes, found 9");
        assert_eq!(header(0, &[u64::MAX]), "expected at most 1048576 entries of an axis, found 18446744073709551615");
        assert_eq!(header(0, &[1 << 20, 1 << 20]), "expected at most 1048576 values, found 1099511627776");
        assert_eq!(header(0, &[1 << 20; 8]), "expected at most 1048576 values, found 18446744073709551615");
        assert_eq!(header(0, &[1 << 20]), "expected a record, found the end");
        // No values, and yet no array can have this shape.
        assert!(header(0, &[0, 1 << 20, 1 << 20, 1 << 20, 1 << 20]).contains("overflow"));
        assert_eq!(
            records(b"PROPxxxxxxxx").next().unwrap().unwrap_err().message,
            "expected a record, found other bytes"
        );
        let mut bytes = some()[0].to_bytes().unwrap();
        bytes[12] = 0xff;
        assert_eq!(records(&bytes).next().unwrap().unwrap_err().message, "expected a name in UTF-8");
    }

    /// Changed at random, records are read or refused, and reading ends.
    #[test]
    fn bytes_that_were_changed_at_random() {
        let mut rng = RandomState::new(1);
        let original = bytes_of(&some());
        let mut refused = 0;
        for _ in 0..20_000 {
            let mut bytes = original.clone();
            for _ in 0..rng.random_int(1, 5) {
                let at = rng.random_int(0, bytes.len() as i64) as usize;
                bytes[at] = rng.random_int(0, 256) as u8;
            }
            let read: Vec<_> = records(&bytes).collect();
            assert!(read.len() <= some().len() + 1 && read[..read.len() - 1].iter().all(Result::is_ok));
            refused += usize::from(read[read.len() - 1].is_err());
        }
        assert!((5_000..20_000).contains(&refused), "{refused}");
    }
}
