//! NPY, the format of one array in an `.npz` archive.
//!
//! Source: NumPy, `numpy.lib.format`, versions 1.0 to 3.0.

use std::borrow::Cow;
use std::path::Path;

use super::entry::{Entry, Precision};
use crate::array::shape_text;
use crate::{Error, Result};

const MAGIC: &[u8] = b"\x93NUMPY";
/// The numbers begin at a multiple of this, so that a file can be mapped into memory.
const ALIGNMENT: usize = 64;

/// The bytes of `entry` as an NPY file of version 1.0.
pub(super) fn encode(entry: &Entry) -> Vec<u8> {
    let kind = match entry.precision {
        Precision::F32 => "<f4",
        Precision::F64 => "<f8",
    };
    let order = if entry.fortran_order { "True" } else { "False" };
    let mut header =
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {}, }}", shape_text(&entry.shape));
    let front = MAGIC.len() + 2 + size_of::<u16>();
    let padding = (front + header.len() + 1).next_multiple_of(ALIGNMENT) - (front + header.len() + 1);
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    // An array has at most a few dozen axes; thousands would not fit into memory with any axis above 1.
    let length = u16::try_from(header.len()).expect("a header of a shape is short");
    [MAGIC, &[1, 0], &length.to_le_bytes(), header.as_bytes(), &entry.bytes].concat()
}

/// The array that the NPY file `bytes` holds, under `name`. Its length is checked when its numbers are asked for.
pub(super) fn decode<'a>(bytes: &'a [u8], name: &str, path: &Path) -> Result<Entry<'a>> {
    let Some((text, numbers)) = split(bytes) else {
        let found = match bytes.get(..8) {
            Some(start) => format!("{} bytes beginning with {start:02x?}", bytes.len()),
            None => format!("{} bytes", bytes.len()),
        };
        return Err(Error::format(path, format!("an NPY file of version 1 to 3 as entry `{name}`"), found));
    };
    let header = Header::parse(text).ok_or_else(|| {
        let expected = format!("a header of `descr`, `fortran_order` and `shape` in entry `{name}`");
        Error::format(path, expected, format!("{:?}", text.trim_end().chars().take(120).collect::<String>()))
    })?;
    let (precision, big_endian) = match header.descr {
        "<f4" => (Precision::F32, false),
        "<f8" => (Precision::F64, false),
        ">f4" => (Precision::F32, true),
        ">f8" => (Precision::F64, true),
        other => {
            let expected = format!("entry `{name}` to be of type f4 or f8 (float32, float64)");
            return Err(Error::format(path, expected, format!("type `{other}`")));
        }
    };
    let bytes = if big_endian {
        let mut numbers = numbers.to_vec();
        numbers.chunks_mut(precision.width()).for_each(<[u8]>::reverse);
        Cow::Owned(numbers)
    } else {
        Cow::Borrowed(numbers)
    };
    Ok(Entry { name: name.to_owned(), precision, shape: header.shape, fortran_order: header.fortran_order, bytes })
}

/// The text of the header, and the bytes after it.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&[major, _minor], rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (length, rest) = match major {
        1 => rest.split_first_chunk().map(|(&length, rest)| (u32::from(u16::from_le_bytes(length)), rest))?,
        2 | 3 => rest.split_first_chunk().map(|(&length, rest)| (u32::from_le_bytes(length), rest))?,
        _ => return None,
    };
    let (text, numbers) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((str::from_utf8(text).ok()?, numbers))
}

/// What a header says: a Python dictionary, written out.
struct Header<'a> {
    descr: &'a str,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl<'a> Header<'a> {
    /// Each of the three keys once, in any order, and no other.
    fn parse(text: &'a str) -> Option<Self> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        while !rest.is_empty() {
            let (key, after) = quoted(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            let repeated;
            (repeated, rest) = match key {
                "descr" => {
                    let (kind, rest) = quoted(value)?;
                    (descr.replace(kind).is_some(), rest)
                }
                "fortran_order" => {
                    let (order, rest) = boolean(value)?;
                    (fortran_order.replace(order).is_some(), rest)
                }
                "shape" => {
                    let (axes, rest) = tuple(value)?;
                    (shape.replace(axes).is_some(), rest)
                }
                _ => return None,
            };
            rest = rest.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(rest) => rest.trim_start(),
                None if rest.is_empty() => rest,
                None => return None,
            };
            if repeated {
                return None;
            }
        }
        Some(Header { descr: descr?, fortran_order: fortran_order?, shape: shape? })
    }
}

/// A text in quotes without escapes, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    text[1..].split_once(quote)
}

fn boolean(text: &str) -> Option<(bool, &str)> {
    let literal = |word, value| text.strip_prefix(word).map(|rest| (value, rest));
    literal("True", true).or_else(|| literal("False", false))
}

/// Whole numbers in parentheses, and what follows them: `()`, `(3,)`, `(3, 2)`.
fn tuple(text: &str) -> Option<(Vec<usize>, &str)> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim();
    if inside.is_empty() {
        return Some((Vec::new(), rest));
    }
    // Without a comma, Python's parentheses only group.
    let numbers = if inside.contains(',') { inside.strip_suffix(',').unwrap_or(inside) } else { return None };
    let axes = numbers.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    Some((axes, rest))
}
