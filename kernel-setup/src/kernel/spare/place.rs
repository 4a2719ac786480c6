//! Where a spare is found, and who needs one.

use crate::paths;
use anyhow::{Context, Result, ensure};
use std::fs::{self, DirBuilder, File};
use std::io::{Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What the spare that was started last says.
pub const LOG: &str = "log";
/// Locked shared by each kernel that would use a spare.
const USERS: &str = "users";
/// Locked by the one spare that is starting, or waiting.
const LOCK: &str = "lock";

/// The folder for this user's spares; nobody else may enter it. Users may share a cache.
pub fn folder() -> Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let path = paths::cache_root()?.join(format!("spares-{user}"));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&path)
        .with_context(|| format!("cannot create the folder {}", path.display()))?;
    let metadata = fs::symlink_metadata(&path)?;
    let is_private = metadata.is_dir() && metadata.uid() == user && metadata.mode() & 0o077 == 0;
    ensure!(is_private, "{}: expected a folder that only its user may enter (mode 700)", path.display());
    Ok(path)
}

/// A socket in the [`folder`]. Its path is short, as paths of sockets have to be, while this value lives.
pub struct Socket {
    folder: PathBuf,
    kind: String,
    open: File,
}

impl Socket {
    /// Of spares of this kind; it need not be there.
    pub fn of(folder: &Path, kind: &str) -> Result<Self> {
        Ok(Socket { folder: folder.to_owned(), kind: kind.to_owned(), open: File::open(folder)? })
    }

    /// The path to connect to, or to listen at.
    pub fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}/{}", self.open.as_raw_fd(), self.kind).into()
    }

    /// Removes it, if it is there.
    pub fn remove(&self) {
        let _ = fs::remove_file(self.folder.join(&self.kind));
    }
}

/// The right to be the user's one spare.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it for a spare of this kind. Otherwise returns the kind of the spare that has it.
    pub fn take(folder: &Path, kind: &str) -> Result<Result<Self, String>> {
        let mut file = open(&folder.join(LOCK))?;
        if file.try_lock().is_err() {
            let mut other = String::new();
            file.read_to_string(&mut other)?;
            return Ok(Err(other));
        }
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(kind.as_bytes())?;
        Ok(Ok(Lock { _file: file }))
    }
}

/// That this process is one of those which need a spare, as long as this value lives.
pub struct Users {
    _file: File,
}

impl Users {
    /// From now on.
    pub fn join() -> Result<Self> {
        let file = open(&folder()?.join(USERS))?;
        file.lock_shared().context("cannot lock the file of kernels")?;
        Ok(Users { _file: file })
    }

    /// Whether there are none.
    pub fn are_gone(folder: &Path) -> Result<bool> {
        let file = open(&folder.join(USERS))?;
        Ok(file.try_lock().is_ok())
    }
}

fn open(path: &Path) -> Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}
