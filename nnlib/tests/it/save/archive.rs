//! ZIP archives with one entry, to be made wrong in every way.

use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

/// An archive's one entry, and what its headers say.
pub(super) struct Archive {
    pub name: &'static str,
    /// The name in the entry's own header.
    pub local_name: &'static str,
    pub flags: u16,
    pub method: u16,
    pub size: u32,
    pub crc: u32,
    pub data: Vec<u8>,
    /// How many entries the directory says it has, and how often it has the one.
    pub count: u16,
    pub copies: usize,
}

impl Archive {
    /// A good archive with `content` as `W1.npy`.
    pub(super) fn new(content: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        let (size, data) = (content.len() as u32, content.to_vec());
        let name = "W1.npy";
        Archive { name, local_name: name, flags: 0, method: 0, size, crc: crc.sum(), data, count: 1, copies: 1 }
    }

    /// A good archive with `content` compressed.
    pub(super) fn deflated(content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        Archive { method: 8, data: encoder.finish().unwrap(), ..Archive::new(content) }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let common = |name: &str| {
            let mut fields = [20, self.flags, self.method, 0, 0].map(u16::to_le_bytes).concat();
            fields.extend([self.crc, self.data.len() as u32, self.size].map(u32::to_le_bytes).concat());
            fields.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
            fields
        };
        let local = [b"PK\x03\x04", &common(self.local_name)[..], self.local_name.as_bytes(), &self.data].concat();
        let entry = [b"PK\x01\x02\x14\0", &common(self.name)[..], &[0; 14], self.name.as_bytes()].concat();
        let directory = entry.repeat(self.copies);
        let end = [0, 0, self.count, self.count].map(u16::to_le_bytes).concat();
        let lengths = [directory.len() as u32, local.len() as u32].map(u32::to_le_bytes).concat();
        [&local[..], &directory, b"PK\x05\x06", &end, &lengths, &[0, 0]].concat()
    }
}

/// An NPY file of version 1.0.
pub(super) fn npy(header: &str, numbers: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), numbers].concat()
}
