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
use std::collections::BTreeSet;
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
        // A process that was ended a moment ago may have written once more while the folder was removed. What cannot be
        // removed now is removed by the next session, which finds it by its lock.
        let is_gone = (0..3).any(|_| {
            let _ = fs::remove_dir_all(self.folder.path());
            !self.folder.path().exists()
        });
        if is_gone {
            let _ = fs::remove_file(&self.lock_path);
        }
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
    let paths = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path().with_extension(""));
    for folder in paths.collect::<BTreeSet<PathBuf>>() {
        let lock_path = folder.with_extension("lock");
        let has_lock = lock_path.exists();
        // A lock file that was made a moment ago may not be locked yet.
        let made = fs::metadata(if has_lock { &lock_path } else { &folder }).and_then(|metadata| metadata.modified());
        let age = made.ok().and_then(|time| time.elapsed().ok());
        if age.is_none_or(|age| age < Duration::from_secs(60)) {
            continue;
        }
        if has_lock {
            let Ok(lock) = File::options().write(true).open(&lock_path) else { continue };
            if lock.try_lock().is_err() {
                continue;
            }
        }
        let _ = fs::remove_dir_all(&folder);
        if !folder.exists() {
            let _ = fs::remove_file(&lock_path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    // Elsewhere a folder cannot be made older than it is.
    #[cfg(unix)]
    #[test]
    fn what_a_session_has_left_behind_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let age = |name: &str| File::open(path(name)).unwrap().set_modified(an_hour_ago).unwrap();
        for name in ["lives", "ended", "half-removed", "new"] {
            fs::create_dir_all(path(name).join("ctx")).unwrap();
        }
        let lock = |name: &str| File::create(path(name)).unwrap();
        let (lives, _) = (lock("lives.lock"), lock("ended.lock"));
        lives.lock().unwrap();
        ["lives.lock", "ended.lock", "lives", "ended", "half-removed"].into_iter().for_each(age);
        remove_abandoned(root.path());
        let mut left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["lives", "lives.lock", "new"]);
    }
}
