//! A session: an evcxr context with nnlib preloaded, in a folder of its own.
//!
//! The preload is compiled once, into a [`template`], and cloned for each session; two sessions share no file
//! that either writes. A session's folder is removed with it, and one that was killed is tidied up by the next.

mod analysis;
mod clone;
mod folder;
mod interpreter;
mod library;
pub mod template;
pub mod toolchain;

pub use folder::{Folder, Server};
pub use interpreter::Interpreter;
pub use library::checkout;

use crate::paths;
use anyhow::{Context, Result};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;
use template::Template;

/// A session's folder; removed when this value is dropped.
pub struct SessionFolder {
    /// What an interpreter is started in.
    pub folder: Folder,
    /// Held locked while the session lives, so that others know.
    lock_path: PathBuf,
    _lock: File,
    /// The template holds the source of nnlib that cells are compiled against.
    _template: Template,
}

impl SessionFolder {
    /// Prepares a new session without some modules of nnlib; `announce` is called when the template has to be built first.
    pub fn prepare(withheld: &[String], server: Server, announce: template::Announce) -> Result<Self> {
        let template = Template::open(withheld, server, announce)?;
        let root = root()?;
        remove_abandoned(&root);

        let name = env::var(NAME).unwrap_or_else(|_| new_name());
        let lock_path = root.join(format!("{name}.lock"));
        let lock = File::create(&lock_path).with_context(|| format!("cannot create {}", lock_path.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", lock_path.display()))?;
        let folder = template.instantiate(&root.join(name))?;
        Ok(SessionFolder { folder, lock_path, _lock: lock, _template: template })
    }
}

/// Set to the name of the folder of this process's sessions, which come one after the other.
const NAME: &str = "NNKERNEL_SESSION";

fn root() -> Result<PathBuf> {
    let root = paths::cache_root()?.join("sessions");
    paths::create_dir(&root)?;
    Ok(root)
}

fn new_name() -> String {
    format!("{}-{}", std::process::id(), random_name())
}

/// What the environment of a process with sessions is to be, from its start.
#[cfg(unix)]
pub fn environment() -> Result<Vec<(&'static str, std::ffi::OsString)>> {
    let name = new_name();
    let library = analysis::environment(&root()?.join(&name));
    let library = library.map(|(variable, path)| (variable, path.into_os_string()));
    Ok([(NAME, name.into())].into_iter().chain(library).collect())
}

/// Takes [`environment`] away from what this process starts.
#[cfg(unix)]
pub fn leave(command: &mut std::process::Command) {
    if let (Ok(root), Some(name)) = (root(), env::var_os(NAME)) {
        analysis::leave(command, &root.join(name));
    }
    command.env_remove(NAME);
}

impl Drop for SessionFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next session.
        let _ = fs::remove_dir_all(self.folder.path());
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// A name that nobody else has, and no cell can guess.
pub fn random_name() -> String {
    use std::hash::{BuildHasher, RandomState};
    // The standard library seeds these from the system's source of randomness.
    let draw = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", draw(), draw())
}

/// Removes the folders of sessions whose process is gone.
fn remove_abandoned(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "lock"))
    {
        // A lock file that was made a moment ago may not be locked yet.
        let age = fs::metadata(&path).and_then(|m| m.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_none_or(|age| age < Duration::from_secs(60)) {
            continue;
        }
        let Ok(lock) = File::options().write(true).open(&path) else { continue };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
}
