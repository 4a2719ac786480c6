//! ZIP archives as students and course pages make them, read with distrust.
//!
//! Nothing is written to where an entry's name says, and an entry may not unpack to more than the directory promises: so the limits on
//! what is promised hold, whatever the data are. nnlib's reader of archives is for those that NumPy writes; these have comments,
//! data behind their sizes, and more than 4 GiB.
//!
//! Source: PKWARE, *.ZIP File Format Specification* (APPNOTE.TXT), version 6.3.10, section 4.3.

use super::student;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::io::{Read, Seek, SeekFrom};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DIRECTORY_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LARGE_END: u32 = 0x0606_4b50;
const LARGE_END_LOCATOR: u32 = 0x0706_4b50;
const END_SIZE: usize = 22;
const LARGE_END_SIZE: usize = 56;
const LOCATOR_SIZE: usize = 20;
/// Of an extra field that holds the sizes that need more than 32 bits.
const LARGE_SIZES: u16 = 1;

const ENCRYPTED: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Systems whose modes of files are in the directory.
const HAS_MODES: [u8; 2] = [3, 19];
const KIND_OF_FILE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// A course of a thousand students with twenty files each.
const MAX_ENTRIES: u64 = 20_000;
/// Names of 400 bytes for all of them.
const MAX_DIRECTORY: u64 = 8 << 20;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As the archive has it.
    pub name: String,
    /// Unpacked, as the directory says.
    pub size: u64,
    packed: u64,
    offset: u64,
    method: u16,
    checksum: u32,
}

impl Entry {
    /// What tells it from all others of its archive.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// What a directory lists that is no folder.
#[derive(Debug, PartialEq, Eq)]
pub enum Listed {
    /// A file whose name has these parts, to be unpacked; or what speaks against that.
    File(Vec<String>, Result<Entry, String>),
    /// Something whose name is not to be trusted with anything.
    Unnamed(String, String),
}

/// The files of an archive; an error if it is none, or too large.
pub fn list(archive: &mut (impl Read + Seek)) -> Result<Vec<Listed>, String> {
    let length = archive.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let (count, size, offset) = find_directory(archive, length)?;
    if count > MAX_ENTRIES || size > MAX_DIRECTORY {
        return Err(format!(
            "it has {count} entries, expected {MAX_ENTRIES} at most, with names of {MAX_DIRECTORY} bytes"
        ));
    }
    let directory = read_at(archive, offset, size, length)?;
    let mut rest = Fields(&directory);
    let mut listed = Vec::new();
    for _ in 0..count {
        let entry = rest.directory_entry().ok_or("its directory is damaged")?;
        listed.extend(entry);
    }
    Ok(listed)
}

/// The content of a file of an archive; an error if it is not what the directory says.
pub fn unpack(archive: &mut (impl Read + Seek), entry: &Entry) -> Result<Vec<u8>, String> {
    let length = archive.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let header = read_at(archive, entry.offset, 30, length)?;
    let mut fields = Fields(&header);
    let damaged = || "it is not where the archive's directory says".to_owned();
    if fields.u32() != Some(LOCAL_HEADER) {
        return Err(damaged());
    }
    fields.skip(22);
    let (name, extra) = (fields.u16().ok_or_else(damaged)?, fields.u16().ok_or_else(damaged)?);
    let start = entry.offset + 30;
    if read_at(archive, start, name.into(), length)? != entry.name.as_bytes() {
        return Err("it has two names, one in the archive's directory and another before its data".to_owned());
    }
    let start = start + u64::from(name) + u64::from(extra);
    if start.checked_add(entry.packed).is_none_or(|end| end > length) {
        return Err(damaged());
    }
    archive.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    let packed = archive.take(entry.packed);
    let mut content = Vec::new();
    // One byte more than promised is enough to know of a lie.
    let read = match entry.method {
        STORED => packed.take(entry.size + 1).read_to_end(&mut content),
        _ => DeflateDecoder::new(packed).take(entry.size + 1).read_to_end(&mut content),
    };
    read.map_err(|error| format!("its data are damaged: {error}"))?;
    if content.len() as u64 != entry.size {
        return Err(format!("expected {} bytes, as the archive's directory says, found more or fewer", entry.size));
    }
    let mut checksum = Crc::new();
    checksum.update(&content);
    if checksum.sum() != entry.checksum {
        return Err("its data are damaged: they do not have the checksum that the archive's directory says".to_owned());
    }
    Ok(content)
}

/// How many entries the directory has, its size, and where it begins.
fn find_directory(archive: &mut (impl Read + Seek), length: u64) -> Result<(u64, u64, u64), String> {
    let tail_size = length.min((END_SIZE + LOCATOR_SIZE) as u64 + u64::from(u16::MAX));
    let tail = read_at(archive, length - tail_size, tail_size, length)?;
    // A comment of any length may follow, up to the end of the file.
    let is_end = |&start: &usize| {
        let mut fields = Fields(&tail[start..]);
        fields.u32() == Some(END)
            && fields.skip(16).is_some()
            && fields.u16().is_some_and(|comment| fields.0.len() == usize::from(comment))
    };
    let end = (0..tail.len().saturating_sub(END_SIZE - 1)).rev().find(is_end).ok_or("it is no ZIP archive")?;
    let mut fields = Fields(&tail[end + 10..]);
    let read = (|| Some((fields.u16()?, fields.u32()?, fields.u32()?)))();
    let (count, size, offset) = read.ok_or("it is no ZIP archive")?;
    if count != u16::MAX && size != u32::MAX && offset != u32::MAX {
        return Ok((count.into(), size.into(), offset.into()));
    }
    let locator = end.checked_sub(LOCATOR_SIZE).map(|start| Fields(&tail[start..end]));
    let Some(mut locator) = locator.filter(|fields| Fields(fields.0).u32() == Some(LARGE_END_LOCATOR)) else {
        return Ok((count.into(), size.into(), offset.into()));
    };
    locator.skip(8);
    let start = locator.u64().ok_or("it is no ZIP archive")?;
    let large = read_at(archive, start, LARGE_END_SIZE as u64, length)?;
    let mut fields = Fields(&large);
    let read = (|| {
        (fields.u32()? == LARGE_END).then_some(())?;
        fields.skip(28)?;
        Some((fields.u64()?, fields.u64()?, fields.u64()?))
    })();
    read.ok_or_else(|| "its directory is damaged".to_owned())
}

fn read_at(archive: &mut (impl Read + Seek), start: u64, size: u64, length: u64) -> Result<Vec<u8>, String> {
    if start.checked_add(size).is_none_or(|end| end > length) {
        return Err("it is damaged: it ends too early".to_owned());
    }
    archive.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    archive.take(size).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 == size {
        true => Ok(bytes),
        false => Err("it is damaged: it ends too early".to_owned()),
    }
}

fn unreadable(error: std::io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// Numbers one behind the other, as long as there are any.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken)
    }

    fn skip(&mut self, size: usize) -> Option<()> {
        self.take(size).map(|_| ())
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// The next entry of a directory, or `None` inside if it is a folder.
    fn directory_entry(&mut self) -> Option<Option<Listed>> {
        (self.u32()? == DIRECTORY_HEADER).then_some(())?;
        let system = self.u16()?.to_le_bytes()[1];
        self.skip(2)?;
        let (flags, method) = (self.u16()?, self.u16()?);
        self.skip(4)?;
        let (checksum, packed, size) = (self.u32()?, self.u32()?, self.u32()?);
        let (name, extra, comment) = (self.u16()?, self.u16()?, self.u16()?);
        self.skip(4)?;
        let (attributes, offset) = (self.u32()?, self.u32()?);
        let name = self.take(name.into())?;
        let extra = self.take(extra.into())?;
        self.skip(comment.into())?;
        let mut large = Fields(large_sizes(extra));
        let mut widened = |short: u32| if short == u32::MAX { large.u64() } else { Some(short.into()) };
        // In this order.
        let (size, packed, offset) = (widened(size)?, widened(packed)?, widened(offset)?);
        let Ok(name) = std::str::from_utf8(name) else {
            let name = String::from_utf8_lossy(name).into_owned();
            return Some(Some(Listed::Unnamed(name, "its name is not UTF-8".to_owned())));
        };
        if name.ends_with('/') {
            return Some(None);
        }
        let parts = match parts(name) {
            Ok(parts) => parts,
            Err(reason) => return Some(Some(Listed::Unnamed(name.to_owned(), reason))),
        };
        let kind = (attributes >> 16) & KIND_OF_FILE;
        let fault = if HAS_MODES.contains(&system) && kind != 0 && kind != REGULAR {
            Some("it is a link or a device in the archive, and no file")
        } else if flags & ENCRYPTED != 0 {
            Some("it is encrypted")
        } else if method != STORED && method != DEFLATED {
            Some(
                "it is compressed in a way other than ZIP's usual one (deflate): pack the archive again with ordinary settings",
            )
        } else {
            None
        };
        let entry = match fault {
            None => Ok(Entry { name: name.to_owned(), size, packed, offset, method, checksum }),
            Some(fault) => Err(fault.to_owned()),
        };
        Some(Some(Listed::File(parts, entry)))
    }
}

/// The extra field that holds large sizes; empty if there is none.
fn large_sizes(extra: &[u8]) -> &[u8] {
    let mut fields = Fields(extra);
    while let (Some(kind), Some(size)) = (fields.u16(), fields.u16()) {
        match fields.take(size.into()) {
            Some(content) if kind == LARGE_SIZES => return content,
            Some(_) => {}
            None => break,
        }
    }
    &[]
}

/// The names of the folders and of the file in an entry's name, if it names nothing outside of the archive.
fn parts(name: &str) -> Result<Vec<String>, String> {
    if name.contains('\\') {
        return Err("its name has a `\\`, expected `/` between folders".to_owned());
    }
    if name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') {
        return Err("its name is an absolute path".to_owned());
    }
    if name.contains(char::is_control) {
        return Err("its name has a control character".to_owned());
    }
    let parts: Vec<String> = name.split('/').map(str::to_owned).collect();
    if parts.iter().any(|part| matches!(part.as_str(), "" | "." | "..")) {
        return Err("its name has a part that is empty, `.` or `..`".to_owned());
    }
    if parts.iter().any(|part| student::is_device(part)) {
        return Err("its name has a part that is a device on Windows".to_owned());
    }
    Ok(parts)
}
