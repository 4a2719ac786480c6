//! Files that are no notebooks, or hide where they are: what is found by those who look for submissions.

use crate::grade::submission::intake::{self, MAX_NOTEBOOK};
use anyhow::{Context, Result};
use flate2::Crc;
use flate2::write::DeflateEncoder;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is a submission like any other.
    Taken,
    /// It is a submission that cannot be graded, which is said.
    Refused,
    /// It is none.
    Ignored,
}

impl Fate {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Taken => "taken",
            Fate::Refused => "refused",
            Fate::Ignored => "ignored",
        }
    }
}

/// A file, and what is to become of it.
pub struct File {
    /// What it is called here: part of where it was found.
    pub name: &'static str,
    /// What is expected.
    pub expected: Fate,
}

const fn file(name: &'static str, expected: Fate) -> File {
    File { name, expected }
}

/// All of them.
pub const FILES: [File; 21] = [
    file("empty.ipynb", Fate::Refused),
    file("half.ipynb", Fate::Refused),
    file("no-text.ipynb", Fate::Refused),
    file("large.ipynb", Fate::Refused),
    file("deep.ipynb", Fate::Refused),
    file("old.ipynb", Fate::Refused),
    file("many-cells.ipynb", Fate::Refused),
    file("many-keys.ipynb", Fate::Refused),
    file("script.ipynb", Fate::Refused),
    file("=2+3.ipynb", Fate::Refused),
    file("-n.ipynb", Fate::Refused),
    file("con.ipynb", Fate::Refused),
    file("link.ipynb", Fate::Refused),
    file("pipe.ipynb", Fate::Refused),
    file("folder.ipynb", Fate::Ignored),
    file("../above.ipynb", Fate::Refused),
    file("/root/absolute.ipynb", Fate::Refused),
    file("linked.ipynb", Fate::Refused),
    file("bomb.ipynb", Fate::Refused),
    file("liar.ipynb", Fate::Refused),
    file("inner.zip", Fate::Ignored),
];

/// Writes them into a folder; returns what a teacher would name. `honest` is a notebook that is right, `secret` a file that nobody may
/// read.
pub fn write(folder: &Path, honest: &[u8], secret: &Path) -> Result<Vec<PathBuf>> {
    let files = folder.join("files");
    fs::create_dir(&files).context("cannot make a folder")?;
    let put = |name: &str, content: &[u8]| fs::write(files.join(name), content);
    put("empty.ipynb", b"")?;
    put("half.ipynb", &honest[..honest.len() / 2])?;
    put("no-text.ipynb", b"\xff\xfe{\"cells\": []}")?;
    put("large.ipynb", &vec![b' '; MAX_NOTEBOOK as usize + 1])?;
    let deep = "[".repeat(2_000_000);
    put("deep.ipynb", format!("{{\"nbformat\": 4, \"metadata\": {deep}").as_bytes())?;
    put("old.ipynb", br#"{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}"#)?;
    let cell = r#"{"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": null}"#;
    let cells = vec![cell; 100_000].join(",");
    put("many-cells.ipynb", format!("{{\"nbformat\": 4, \"metadata\": {{}}, \"cells\": [{cells}]}}").as_bytes())?;
    put("many-keys.ipynb", br#"{"nbformat": 4, "nbformat": 4, "metadata": {}, "cells": [], "cells": []}"#)?;
    let script = "<script>alert(1)</script>";
    let other =
        format!("{{\"nbformat\": 4, \"metadata\": {{\"nnlib\": {{\"assignment\": \"{script}\"}}}}, \"cells\": []}}");
    put("script.ipynb", other.as_bytes())?;
    for name in ["=2+3.ipynb", "-n.ipynb", "con.ipynb"] {
        put(name, honest)?;
    }
    symlink(secret, files.join("link.ipynb"))?;
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, files.join("pipe.ipynb"), rustix::fs::FileType::Fifo, mode, 0)?;
    fs::create_dir(files.join("folder.ipynb"))?;

    let archive = folder.join("archive.zip");
    let mut zip = Zip::default();
    zip.add("../above.ipynb", honest, Entry::default())?;
    zip.add("/root/absolute.ipynb", honest, Entry::default())?;
    zip.add("linked.ipynb", secret.to_string_lossy().as_bytes(), Entry { mode: 0o120_777, ..Entry::default() })?;
    zip.add("bomb.ipynb", &vec![b' '; 256 << 20], Entry::default())?;
    zip.add("liar.ipynb", &vec![b' '; 256 << 20], Entry { promised: Some(1000), ..Entry::default() })?;
    zip.add("inner.zip", b"PK\x03\x04", Entry::default())?;
    fs::write(&archive, zip.end())?;
    Ok(vec![files, archive])
}

/// What became of each; and of archives that are broken as a whole, whether that was said.
pub fn fates(paths: &[PathBuf], assignment: &str) -> Result<Vec<Fate>> {
    let intake = intake::find(paths, assignment)?;
    let is = |origin: &intake::Origin, name: &str| {
        let entry = origin.entry.as_deref().map(|entry| entry.trim_start_matches(['.', '/']));
        let name = name.trim_start_matches(['.', '/']);
        entry == Some(name) || entry.is_none() && origin.path.file_name().is_some_and(|file| file == name)
    };
    let fate = |file: &File| {
        if let Some(taken) = intake.submissions.iter().find(|submission| is(&submission.origin, file.name)) {
            let read =
                taken.read().map(|bytes| crate::grade::submission::reading::read(&bytes).map(|read| read.assignment));
            return match read {
                // Of another assignment.
                Ok(Ok(Some(named))) if named != assignment => Fate::Refused,
                Ok(Ok(_)) => Fate::Taken,
                Ok(Err(_)) | Err(_) => Fate::Refused,
            };
        }
        match intake.refused.iter().any(|refused| is(&refused.origin, file.name)) {
            true => Fate::Refused,
            false => Fate::Ignored,
        }
    };
    Ok(FILES.iter().map(fate).collect())
}

/// How an entry of an archive differs from an honest one.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// Of the file, if not a plain one's.
    mode: u32,
    /// Its size, as the archive says it.
    promised: Option<u32>,
}

/// An archive that is being written.
#[derive(Default)]
struct Zip {
    content: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    fn add(&mut self, name: &str, content: &[u8], entry: Entry) -> Result<()> {
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content)?;
        let packed = encoder.finish()?;
        let mut checksum = Crc::new();
        checksum.update(content);
        let size = entry.promised.unwrap_or(u32::try_from(content.len())?);
        let offset = u32::try_from(self.content.len())?;
        // Version 2.0, no flags, deflated, no time.
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        for number in [checksum.sum(), u32::try_from(packed.len())?, size] {
            common.extend(number.to_le_bytes());
        }
        common.extend(u16::try_from(name.len())?.to_le_bytes());
        common.extend([0, 0]);
        self.content.extend(b"PK\x03\x04");
        self.content.extend(&common);
        self.content.extend(name.as_bytes());
        self.content.extend(packed);
        let mode = if entry.mode == 0 { 0o100_644 } else { entry.mode };
        // Made on Unix.
        self.directory.extend(b"PK\x01\x02\x14\x03");
        self.directory.extend(&common);
        self.directory.extend([0; 6]);
        self.directory.extend((mode << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    fn end(mut self) -> Vec<u8> {
        let (offset, size) = (self.content.len() as u32, self.directory.len() as u32);
        self.content.append(&mut self.directory);
        self.content.extend(b"PK\x05\x06\0\0\0\0");
        self.content.extend(self.count.to_le_bytes());
        self.content.extend(self.count.to_le_bytes());
        self.content.extend(size.to_le_bytes());
        self.content.extend(offset.to_le_bytes());
        self.content.extend([0, 0]);
        self.content
    }
}
