//! ZIP archives of the kind that NumPy writes, and strictly those.
//!
//! One disk, no encryption, no comment, below 4 GiB, entries stored or deflated. The directory must list as many
//! entries as it promises, end where it says, and agree with the names before the entries, and each entry with its
//! checksum: a damaged archive is refused and not read in part.
//!
//! Source: PKWARE, *.ZIP File Format Specification* (APPNOTE.TXT), version 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use crate::{Error, Result};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DIRECTORY_HEADER: u32 = 0x0201_4b50;
const END_OF_DIRECTORY: u32 = 0x0605_4b50;
const END_SIZE: usize = 22;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Version 2.0 of the format, the one with deflation.
const VERSION: u16 = 20;
/// The flag of names that are UTF-8 rather than the code page of the first PC.
const UTF8_NAME: u16 = 1 << 11;
/// The other flags that an entry may have: how hard its deflation tried, and that its sizes follow its data.
const HARMLESS_FLAGS: u16 = 0b1110;
/// 1980-01-01, the first day of the format and the date that NumPy writes: equal arrays make equal files.
const DATE: u16 = (1 << 5) | 1;

/// What compressed entries may come to, so that a small file does not fill the memory.
const MAX_INFLATED: u64 = 1 << 30;

/// A file in an archive.
pub(super) struct Member<'a> {
    pub name: String,
    pub content: Cow<'a, [u8]>,
}

/// The archive of these names and contents.
pub(super) fn encode(members: impl Iterator<Item = (String, Vec<u8>)>, path: &Path) -> Result<Vec<u8>> {
    let too_large = || Error::format(path, "an archive below 4 GiB and of at most 65,534 arrays", "a larger one");
    let small = |size: usize| u32::try_from(size).ok().filter(|&size| size < u32::MAX).ok_or_else(too_large);
    let (mut archive, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for (name, content) in members {
        let offset = small(archive.len())?;
        let (size, name_length) = (small(content.len())?, u16::try_from(name.len()).map_err(|_| too_large())?);
        let mut crc = Crc::new();
        crc.update(&content);

        // What both headers say, in the same order.
        let mut common = Vec::new();
        let flags = if name.is_ascii() { 0 } else { UTF8_NAME };
        common.extend([VERSION, flags, STORED, 0, DATE].map(u16::to_le_bytes).as_flattened());
        common.extend([crc.sum(), size, size].map(u32::to_le_bytes).as_flattened());
        common.extend([name_length, 0].map(u16::to_le_bytes).as_flattened());

        archive.extend(LOCAL_HEADER.to_le_bytes());
        archive.extend(&common);
        archive.extend(name.as_bytes());
        archive.extend(content);

        directory.extend(DIRECTORY_HEADER.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(common);
        directory.extend([0_u8; 10]); // no comment, first disk, no attributes
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
        count = count.checked_add(1).filter(|&count| count < u16::MAX).ok_or_else(too_large)?;
    }
    let (offset, size) = (small(archive.len())?, small(directory.len())?);
    archive.extend(directory);
    archive.extend(END_OF_DIRECTORY.to_le_bytes());
    archive.extend([0, 0, count, count].map(u16::to_le_bytes).as_flattened());
    archive.extend([size, offset].map(u32::to_le_bytes).as_flattened());
    archive.extend([0, 0]);
    Ok(archive)
}

/// The files in the archive `bytes`, all of them, in the order of its directory.
pub(super) fn decode<'a>(bytes: &'a [u8], path: &Path) -> Result<Vec<Member<'a>>> {
    if !bytes.starts_with(b"PK") {
        let start = &bytes[..bytes.len().min(4)];
        let found = format!("{} bytes beginning with {start:02x?}", bytes.len());
        return Err(Error::format(path, "a ZIP archive (`.npz`), beginning with `PK`", found));
    }
    let damaged = |found: String| Error::format(path, "a whole and undamaged ZIP archive", found);
    let (directory, files, count) = parts(bytes).map_err(|found| damaged(found.to_owned()))?;

    let mut headers = Vec::new();
    let mut names = BTreeSet::new();
    let mut rest = Fields(directory);
    while !rest.0.is_empty() {
        let header = DirectoryHeader::parse(&mut rest)
            .ok_or_else(|| damaged(format!("no directory header as number {}", headers.len() + 1)))?;
        if !names.insert(header.name) {
            return Err(damaged(format!("two entries `{}`", header.name)));
        }
        headers.push(header);
    }
    if headers.len() != usize::from(count) {
        return Err(damaged(format!("{} entries instead of {count}", headers.len())));
    }
    let promised: u64 = headers.iter().map(|header| u64::from(header.size)).sum();
    let limit = MAX_INFLATED.max(bytes.len() as u64);
    if promised > limit {
        return Err(Error::format(path, format!("entries of at most {limit} bytes together"), promised.to_string()));
    }
    let member = |header: &DirectoryHeader<'a>| {
        let content = header.content(files).map_err(|found| damaged(format!("{found} (entry `{}`)", header.name)))?;
        Ok(Member { name: header.name.to_owned(), content })
    };
    headers.iter().map(member).collect()
}

/// The directory, what is before it, and how many entries it should have.
fn parts(bytes: &[u8]) -> Result<(&[u8], &[u8], u16), &'static str> {
    let cut_short = "one that is cut short, or has a comment";
    let front = bytes.len().checked_sub(END_SIZE).ok_or(cut_short)?;
    let mut end = Fields(&bytes[front..]);
    if end.u32() != Some(END_OF_DIRECTORY) {
        return Err(cut_short);
    }
    let mut u16 = || end.u16().expect("the record has its size");
    let (disk, directory_disk, count_here, count) = (u16(), u16(), u16(), u16());
    let mut u32 = || end.u32().expect("the record has its size") as usize;
    let (size, offset) = (u32(), u32());
    if (disk, directory_disk, count_here, end.u16()) != (0, 0, count, Some(0)) {
        return Err("a part of several, or a comment");
    }
    // Both are below 2^32, which fits; on a 32-bit machine the sum might not.
    if offset.checked_add(size) != Some(front) {
        return Err("a directory that does not lie at the end");
    }
    Ok((&bytes[offset..front], &bytes[..offset], count))
}

/// What the directory says of an entry.
struct DirectoryHeader<'a> {
    name: &'a str,
    flags: u16,
    method: u16,
    crc: u32,
    compressed_size: u32,
    size: u32,
    offset: u32,
}

impl<'a> DirectoryHeader<'a> {
    fn parse(rest: &mut Fields<'a>) -> Option<Self> {
        if rest.u32()? != DIRECTORY_HEADER {
            return None;
        }
        let _versions = rest.u32()?;
        let (flags, method) = (rest.u16()?, rest.u16()?);
        let _date_and_time = rest.u32()?;
        let (crc, compressed_size, size) = (rest.u32()?, rest.u32()?, rest.u32()?);
        let (name_length, extra_length, comment_length) = (rest.u16()?, rest.u16()?, rest.u16()?);
        let _disk_and_attributes = rest.take(8)?;
        let offset = rest.u32()?;
        let name = str::from_utf8(rest.take(name_length.into())?).ok()?;
        rest.take(usize::from(extra_length) + usize::from(comment_length))?;
        Some(DirectoryHeader { name, flags, method, crc, compressed_size, size, offset })
    }

    /// The entry's content, out of the part of the archive before the directory.
    fn content(&self, files: &'a [u8]) -> Result<Cow<'a, [u8]>, &'static str> {
        if self.flags & !(HARMLESS_FLAGS | UTF8_NAME) != 0 {
            return Err("encryption, or a feature unknown here");
        }
        let data = self.data(files).ok_or("no such entry where the directory says")?;
        let content = match self.method {
            STORED => Cow::Borrowed(data),
            DEFLATED => {
                let mut content = Vec::new();
                // A byte more than promised shows a longer content; what is promised has been limited.
                let mut inflated = DeflateDecoder::new(data).take(u64::from(self.size) + 1);
                inflated.read_to_end(&mut content).map_err(|_| "damaged compressed data")?;
                Cow::Owned(content)
            }
            _ => return Err("a compression other than deflation"),
        };
        let mut crc = Crc::new();
        crc.update(&content);
        if content.len() as u64 != u64::from(self.size) || crc.sum() != self.crc {
            return Err("a wrong length or checksum");
        }
        Ok(content)
    }

    /// The bytes after the entry's own header, which must agree with the directory's.
    ///
    /// The sizes in that header are not looked at: NumPy writes them in the 64-bit form.
    fn data(&self, files: &'a [u8]) -> Option<&'a [u8]> {
        let mut local = Fields(files.get(self.offset as usize..)?);
        if local.u32()? != LOCAL_HEADER {
            return None;
        }
        let _version = local.u16()?;
        let agrees = (local.u16()?, local.u16()?) == (self.flags, self.method);
        let _date_crc_and_sizes = local.take(16)?;
        let (name_length, extra_length) = (local.u16()?, local.u16()?);
        let name = local.take(name_length.into())?;
        local.take(extra_length.into())?;
        let data = local.take(self.compressed_size as usize)?;
        (agrees && name == self.name.as_bytes()).then_some(data)
    }
}

/// Bytes that are read from the front, field by field, little-endian.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn u16(&mut self) -> Option<u16> {
        let (&field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_le_bytes(field))
    }

    fn u32(&mut self) -> Option<u32> {
        let (&field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(field))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}
