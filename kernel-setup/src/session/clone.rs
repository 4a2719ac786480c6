//! Copies of a compiled crate folder that cost next to nothing.
//!
//! Compiled dependencies are hard-linked: cargo and rustc replace such files and never write into them. The rest, small
//! files that cargo does write into, is copied with its times, which cargo compares to see what is up to date.

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

/// Clones `source`, a crate folder below which cargo has built, to `target`, which exists.
pub fn clone_crate(source: &Path, target: &Path) -> Result<()> {
    clone_dir(&source.join("target"), &target.join("target"))
}

/// Clones the folder `source` to `target`.
pub fn clone_dir(source: &Path, target: &Path) -> Result<()> {
    clone_files(source, target).with_context(|| format!("cannot clone {} to {}", source.display(), target.display()))
}

/// Removes from a crate folder what belongs to the cells compiled there, a crate called `ctx`: a clone, elsewhere, could not use it.
pub fn strip_crate(folder: &Path) -> Result<()> {
    remove_files(&folder.join("target"), &["ctx-", "ctx.", "libctx.", "libctx-", "code_", "libcode_", "incremental"])
        .with_context(|| format!("cannot tidy {}", folder.display()))
}

/// Removes from a crate folder what was compiled of nnlib, so that another nnlib can take its place.
pub fn strip_library(folder: &Path) -> Result<()> {
    remove_files(&folder.join("target"), &["nnlib-", "nnlib.", "libnnlib-", "libnnlib."])
        .with_context(|| format!("cannot tidy {}", folder.display()))
}

/// Bytes of all files below `folder`.
pub fn folder_size(folder: &Path) -> u64 {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn clone_files(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            clone_files(&from, &to)?;
        } else if kind.is_file() && !(is_compiled(&from) && fs::hard_link(&from, &to).is_ok()) {
            copy_with_times(&from, &to)?;
        }
    }
    Ok(())
}

fn is_compiled(path: &Path) -> bool {
    let extensions = ["rlib", "rmeta", "so", "dylib", "dll", "a", "o"];
    path.extension().and_then(OsStr::to_str).is_some_and(|extension| extensions.contains(&extension))
}

fn copy_with_times(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    fs::File::options().write(true).open(to)?.set_modified(modified)
}

/// A crate's files carry its name, in each of cargo's folders.
fn remove_files(folder: &Path, starts: &[&str]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let matches = starts.iter().any(|start| name.starts_with(start));
        match (entry.file_type()?.is_dir(), matches) {
            (true, true) => fs::remove_dir_all(&path)?,
            (true, false) => remove_files(&path, starts)?,
            (false, true) => fs::remove_file(&path)?,
            (false, false) => {}
        }
    }
    Ok(())
}
