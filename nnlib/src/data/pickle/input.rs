//! The bytes of a pickle, read from front to back.

use std::path::Path;

use crate::{Error, Result};

/// The longest name of a module or global that is looked at; those that are known are shorter.
const LONGEST_NAME: usize = 64;

/// A file in memory and how far it was read.
pub struct Input<'a> {
    pub path: &'a Path,
    pub bytes: &'a [u8],
    /// The place of the next byte to be read.
    pub place: usize,
}

impl<'a> Input<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.place..];
        let Some((taken, _)) = rest.split_at_checked(count) else {
            return Err(self.broken(&format!("{what} ({count} bytes)"), format!("the end after {} bytes", rest.len())));
        };
        self.place += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        Ok(self.take(N, what)?.try_into().expect("as many bytes as were taken"))
    }

    /// A number of one byte.
    pub fn u8(&mut self, what: &str) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array(what)?))
    }

    /// A number of two bytes.
    pub fn u16(&mut self, what: &str) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array(what)?))
    }

    /// A number of four bytes.
    pub fn u32(&mut self, what: &str) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    /// A signed number of four bytes.
    pub fn i32(&mut self, what: &str) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array(what)?))
    }

    /// The bytes up to the end of the line, which is skipped.
    pub fn line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.place..];
        let Some(length) = rest.iter().take(LONGEST_NAME).position(|&byte| byte == b'\n') else {
            return Err(self.broken("the name of a global of numpy's arrays", "another, which goes on"));
        };
        self.place += length + 1;
        Ok(&rest[..length])
    }

    /// The error of finding something else than was `expected` at the next byte.
    fn broken(&self, expected: &str, found: impl Into<String>) -> Error {
        Error::format(self.path, format!("{expected} at byte {}", self.place), found)
    }
}
