//! Pictures as files.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes the picture that `encode` makes for the extension of `path`, one of `formats`.
pub(super) fn save(path: &Path, formats: &[&str], encode: impl FnOnce(&str) -> Vec<u8>) -> Result<()> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension {
        Some(extension) if formats.contains(&extension.as_str()) => write_whole(path, &encode(&extension)),
        _ => {
            let known: Vec<_> = formats.iter().map(|format| format!("`.{format}`")).collect();
            let found = extension.map_or("none".to_owned(), |extension| format!("`.{extension}`"));
            Err(Error::format(path, format!("the extension {}", known.join(" or ")), found))
        }
    }
}

/// Writes a file so that at every moment `path` is either as before or complete: beside it first, then renamed.
fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let (mut file, draft) = create_beside(path).map_err(|source| Error::io(path, "write", source))?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| fs::rename(&draft, path)).map_err(|source| {
        // The first failure is the one to report.
        let _ = fs::remove_file(&draft);
        Error::io(path, "write", source)
    })
}

/// A new file in the same folder as `path`, under a name that nothing has.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    for attempt in 0_u32.. {
        let draft = path.with_file_name(format!(".{name}.{process}-{attempt}.tmp"));
        match OpenOptions::new().write(true).create_new(true).open(&draft) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|file| (file, draft)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
