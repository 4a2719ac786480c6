//! Files and folders that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;

use crate::{Error, Result};

/// Creates or replaces the file `path` with what `fill` writes, through a hidden sibling that is renamed at the end.
pub(crate) fn write_file(path: &Path, fill: impl FnOnce(File) -> io::Result<()>) -> Result<()> {
    let (staged, file) = stage(path, |staged| File::create_new(staged))?;
    let written = fill(file).and_then(|()| fs::rename(&staged, path)).map_err(|error| Error::io(path, "write", error));
    written.inspect_err(|_| {
        // The first failure is the one to report, not that of cleaning up after it.
        let _ = fs::remove_file(&staged);
    })
}

/// Creates the folder `path`, which must not exist, with what `fill` puts into it, likewise.
pub(crate) fn write_folder(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let create = |error| Error::io(path, "create", error);
    if path.symlink_metadata().is_ok() {
        return Err(create(ErrorKind::AlreadyExists.into()));
    }
    let (staged, ()) = stage(path, |staged| fs::create_dir(staged))?;
    let written = fill(&staged).and_then(|()| fs::rename(&staged, path).map_err(create));
    written.inspect_err(|_| {
        let _ = fs::remove_dir_all(&staged);
    })
}

/// A hidden sibling of `path` under a name that nobody else uses, made by `create`, and the folders above it.
fn stage<T>(path: &Path, create: impl Fn(&Path) -> io::Result<T>) -> Result<(PathBuf, T)> {
    let failed = |error| Error::io(path, "create", error);
    let name = path.file_name().ok_or_else(|| failed(ErrorKind::InvalidInput.into()))?.to_string_lossy();
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(failed)?;
    let mut attempt = 0;
    loop {
        let staged = parent.join(format!(".{name}.{}-{attempt}.part", process::id()));
        match create(&staged) {
            Ok(made) => return Ok((staged, made)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => attempt += 1,
            Err(error) => return Err(failed(error)),
        }
    }
}
