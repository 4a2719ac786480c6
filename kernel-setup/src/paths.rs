//! Where nnkernel keeps what it makes: one folder of the user's cache, and nothing outside it.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Names another folder for all caches; tests and shared machines use it.
pub const CACHE_VARIABLE: &str = "NNKERNEL_CACHE";

/// The folder of all templates and sessions; created when missing.
pub fn cache_root() -> Result<PathBuf> {
    let root = match env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty()) {
        Some(root) => std::path::absolute(PathBuf::from(root))?,
        None => dirs::cache_dir()
            .with_context(|| format!("no cache folder for this user: set {CACHE_VARIABLE} to a folder"))?
            .join("nnkernel"),
    };
    create_dir(&root)?;
    Ok(root)
}

/// Creates a folder and its parents.
pub fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot create the folder {}", path.display()))
}

/// How the names begin of files that are being written.
pub const TEMPORARY: &str = ".nnkernel-";

/// Writes a file whole or not at all: into a temporary file beside it, then by rename.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content, Kind::Public)
}

/// As [`write_atomically`], into a file that nobody but its owner may read.
#[cfg(target_os = "linux")]
pub fn write_privately(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content, Kind::Private)
}

/// As [`write_atomically`]; when it returns, the file outlasts a power cut.
pub fn write_durably(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content, Kind::Durable)
}

/// What a file that replaces another must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    #[cfg(target_os = "linux")]
    Private,
    Durable,
}

fn write(path: &Path, content: &[u8], kind: Kind) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
        io::Write::write_all(&mut file, content)?;
        // A temporary file is private to its owner; what replaces it must be readable as any new file is.
        #[cfg(unix)]
        if matches!(kind, Kind::Public | Kind::Durable) {
            use std::os::unix::fs::PermissionsExt;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        if kind == Kind::Durable {
            file.as_file().sync_all()?;
        }
        file.persist(path)?;
        // The new name, too, has to reach the disk.
        #[cfg(unix)]
        if kind == Kind::Durable {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
