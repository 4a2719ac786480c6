//! Pickles, Python's own format for values: as much of it as the published files of CIFAR-10 need.
//!
//! A pickle is a program for a small machine: most instructions push a value, or collect values from the stack into a
//! list, a tuple or a dictionary; `PUT` and `GET` keep values in a memo and fetch them again. Two instructions make it
//! dangerous: `GLOBAL` names any function of any module, and `REDUCE` calls it, so that reading a pickle in Python runs
//! whatever its author wished.
//!
//! This reader calls nothing. It knows four globals by name ([`value::Global`]), just enough to see that an array of bytes
//! was meant, and refuses every other. It knows the instructions that Python's pickler writes for dictionaries, lists,
//! strings, small integers and such arrays in protocols 2 (that of Python 2, in which CIFAR-10 is published), 3 and 4
//! (those of Python 3), and refuses every other.
//!
//! Time and memory are bounded by the size of the file and [`MAX_INSTRUCTIONS`]: values lie in one list and refer to each
//! other by index, so that nothing is ever copied, however often a program fetches it, and strings are slices of the file.
//!
//! Source: Python's `Lib/pickletools.py`, which describes each instruction; `numpy/_core/src/multiarray/methods.c`,
//! `array_reduce` and `array_setstate`, for the state of an array.

mod input;
mod instruction;
mod machine;
mod numpy;
mod value;

use std::borrow::Cow;
use std::path::Path;

use crate::{Error, Result};
use value::{Handle, Node, Value};

/// The most instructions that are followed: thirty times what a batch of CIFAR-10 takes.
const MAX_INSTRUCTIONS: usize = 1 << 20;

/// What a pickle holds: a dictionary.
pub(super) struct Pickle<'a> {
    path: &'a Path,
    nodes: Vec<Node<'a>>,
    entries: Vec<(Handle, Handle)>,
}

/// A value of a [`Pickle`] and the key under which it was found.
#[derive(Clone, Copy)]
pub(super) struct Item<'p, 'a> {
    pickle: &'p Pickle<'a>,
    key: &'p str,
    node: &'p Node<'a>,
}

/// Rows of bytes.
pub(super) struct ByteMatrix<'a> {
    pub rows: usize,
    pub columns: usize,
    /// Row by row.
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> Pickle<'a> {
    /// Reads a pickled dictionary, which must be all that `bytes` holds; `path` stands for the file in errors.
    pub fn read(bytes: &'a [u8], path: &'a Path) -> Result<Self> {
        let (nodes, root) = machine::run(bytes, path)?;
        let Node { offset, value } = &nodes[root.0];
        match value {
            Value::Dict(entries) => Ok(Pickle { path, entries: entries.clone(), nodes }),
            other => Err(Error::format(path, format!("a pickled dictionary at byte {offset}"), other.kind())),
        }
    }

    /// The value under `key`, the last of several as in Python.
    pub fn get<'p>(&'p self, key: &'p str) -> Result<Item<'p, 'a>> {
        let node = |handle: Handle| &self.nodes[handle.0];
        match self.entries.iter().rev().find(|(name, _)| node(*name).value.is_string(key)) {
            Some(&(_, value)) => Ok(Item { pickle: self, key, node: node(value) }),
            None => {
                Err(Error::format(self.path, format!("a pickled dictionary with a key `{key}`"), "none of that name"))
            }
        }
    }
}

impl<'p, 'a> Item<'p, 'a> {
    /// The items of a list.
    pub fn list(self) -> Result<impl ExactSizeIterator<Item = Item<'p, 'a>>> {
        match &self.node.value {
            Value::List(handles) => {
                Ok(handles.iter().map(move |handle| Item { node: &self.pickle.nodes[handle.0], ..self }))
            }
            _ => Err(self.unexpected("a list")),
        }
    }

    /// An integer.
    pub fn integer(self) -> Result<i32> {
        match self.node.value {
            Value::Integer(number) => Ok(number),
            _ => Err(self.unexpected("an integer")),
        }
    }

    /// A string, of either kind.
    pub fn string(self) -> Result<String> {
        match self.node.value {
            Value::Text(text) | Value::Latin1(text) => Ok(text.to_owned()),
            Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Err(self.unexpected("a string in UTF-8")),
            },
            _ => Err(self.unexpected("a string")),
        }
    }

    /// An array of bytes with two axes.
    pub fn byte_matrix(self) -> Result<ByteMatrix<'a>> {
        let Value::Array(Some(array)) = &self.node.value else {
            return Err(self.unexpected("an array of bytes"));
        };
        let bytes = match self.pickle.nodes[array.bytes.0].value {
            Value::Bytes(bytes) => Cow::Borrowed(bytes),
            Value::Latin1(text) => match text.chars().map(|char| u8::try_from(char).ok()).collect() {
                Some(bytes) => Cow::Owned(bytes),
                None => return Err(self.broken("an array of bytes", "characters beyond Latin-1")),
            },
            _ => return Err(self.unexpected("an array of bytes")),
        };
        let [rows, columns] = array.shape;
        if rows.checked_mul(columns) != Some(bytes.len()) {
            let expected = format!("{rows} * {columns} bytes for an array of that shape");
            return Err(self.broken(&expected, format!("{} bytes", bytes.len())));
        }
        Ok(ByteMatrix { rows, columns, bytes })
    }

    /// The error of this item's being another than was `expected`.
    pub fn broken(self, expected: &str, found: impl Into<String>) -> Error {
        let expected = format!("{expected} under the key `{}` at byte {}", self.key, self.node.offset);
        Error::format(self.pickle.path, expected, found)
    }

    fn unexpected(self, expected: &str) -> Error {
        self.broken(expected, self.node.value.kind())
    }
}
