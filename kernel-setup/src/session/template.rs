//! The compiled preload: nnlib and all it depends on, built once and cloned for each session.
//!
//! A template is keyed by all that decides what is compiled: nnlib's source and features, the lock file, the compiler, the build
//! settings. It lies in the user's cache:
//!
//! ```text
//! templates/<key>/nnlib/        the source that sessions compile against: editing a checkout disturbs nobody
//! templates/<key>/session/      an interpreter's folder, as it was after the first build
//! templates/<key>/features      those of nnlib that it has
//! templates/<key>/dependencies  a key of what decides how all crates but nnlib are compiled
//! templates/<key>/complete      written last; without it, the template is built again from the start
//! templates/<key>.lock          held exclusively by who builds or removes it, shared by every session that uses it
//! ```
//!
//! Where there is another template whose dependencies were compiled in the same way, the new one starts from those, and compiles nnlib
//! alone.

use super::clone;
use super::folder::{CARGO_CONFIG, CRATE, Folder, PRELUDE, Server};
use super::interpreter::Interpreter;
use super::library::{self, Library};
use super::toolchain;
#[cfg(unix)]
use crate::compiler::{recipe::Recipe, support};
use crate::paths;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

/// Changes whenever the layout of a template or the way of building it does.
const LAYOUT: &str = "4";

/// So many other templates are kept, those used last: one for each assignment, and some of another version. They share the files of
/// their dependencies.
const KEPT: usize = 8;

const FEATURES: &str = "features";
const DEPENDENCIES: &str = "dependencies";

/// A complete template, in use as long as this value lives.
pub struct Template {
    path: PathBuf,
    server: Server,
    /// Locked shared: nobody removes what is in use.
    _lock: File,
}

/// Called when a template has to be built; cargo tells of each crate on standard error after that.
pub type Announce<'a> = &'a dyn Fn();

impl Template {
    /// The template for nnlib as it is now, without some of its modules; builds it when there is none.
    pub fn open(withheld: &[String], server: Server, announce: Announce) -> Result<Self> {
        let library = Library::find()?;
        let features = library.features_without(withheld)?;
        let root = root()?;
        let path = root.join(key(&library, &features, server)?);
        let lock = open_lock(&lock_path(&path))?;
        loop {
            lock.lock_shared().with_context(|| format!("cannot lock {}", path.display()))?;
            if is_complete(&path) {
                break;
            }
            lock.unlock()?;
            lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
            // Somebody else may have built it while this process waited.
            if !is_complete(&path) {
                announce();
                build(&path, &library, &features, server)?;
                remove_unused(&root, &path);
            }
            lock.unlock()?;
        }
        // The time of last use decides what is removed.
        let _ = File::open(path.join("complete")).and_then(|file| file.set_modified(SystemTime::now()));
        Ok(Template { path, server, _lock: lock })
    }

    /// The folder in which it was built, as a session's is.
    #[cfg(unix)]
    pub fn session_folder(&self) -> PathBuf {
        self.path.join("session")
    }

    /// Prepares `path` as the folder of a new session.
    pub fn instantiate(&self, path: &Path) -> Result<Folder> {
        let source = self.path.join("session").join(CRATE);
        let lockfile = fs::read_to_string(source.join("Cargo.lock"))
            .with_context(|| format!("the template {} has no lock file", self.path.display()))?;
        let features = fs::read_to_string(self.path.join(FEATURES))
            .with_context(|| format!("the template {} does not say which features it has", self.path.display()))?;
        let features: Vec<String> = features.lines().map(str::to_owned).collect();
        let folder = Folder::create(path, &self.path.join("nnlib"), &features, &lockfile, self.server)?;
        clone::clone_crate(&source, &folder.crate_dir())?;
        #[cfg(unix)]
        if self.server == Server::Ours {
            clone::clone_dir(&self.path.join("session").join(support::FOLDER), &path.join(support::FOLDER))?;
        }
        Ok(folder)
    }
}

/// The state of the template for nnlib as it is now, for `doctor`.
pub struct State {
    /// Where it is, or will be.
    pub path: PathBuf,
    /// Whether it has been built.
    pub complete: bool,
    /// Where nnlib's source comes from.
    pub library: library::Origin,
    /// Bytes on disk of everything in the cache's template folder.
    pub bytes: u64,
}

/// The name of the template that [`Template::open`] would open.
#[cfg(target_os = "linux")]
pub fn name(withheld: &[String], server: Server) -> Result<String> {
    let library = Library::find()?;
    key(&library, &library.features_without(withheld)?, server)
}

/// Looks, and builds nothing.
pub fn state() -> Result<State> {
    let library = Library::find()?;
    let root = root()?;
    let path = root.join(key(&library, &library.features_without(&[])?, Server::Ours)?);
    Ok(State { complete: is_complete(&path), path, library: library.origin, bytes: clone::folder_size(&root) })
}

fn root() -> Result<PathBuf> {
    let root = paths::cache_root()?.join("templates");
    paths::create_dir(&root)?;
    Ok(root)
}

/// What decides how nnlib and all it depends on are compiled.
fn key(library: &Library, features: &[String], server: Server) -> Result<String> {
    let mut hasher = hash(&[&dependencies_key(server)?, PRELUDE, &features.join(" ")]);
    #[cfg(unix)]
    for source in [support::SOURCE, support::INSTANCES] {
        hasher.update(source);
    }
    library.hash_into(&mut hasher);
    Ok(hexadecimal(hasher))
}

/// What decides how the crates that nnlib depends on are compiled.
fn dependencies_key(server: Server) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let server = format!("{server:?}");
    Ok(hexadecimal(hash(&[LAYOUT, &server, version, CARGO_CONFIG, library::LOCKFILE, &toolchain::rustc_version()?])))
}

fn hash(parts: &[&str]) -> Sha256 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

fn lock_path(template: &Path) -> PathBuf {
    template.with_extension("lock")
}

fn open_lock(path: &Path) -> Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Whether this folder is a template, and has been built to its end.
pub fn is_complete(template: &Path) -> bool {
    template.join("complete").is_file()
}

fn build(path: &Path, library: &Library, features: &[String], server: Server) -> Result<()> {
    let started = Instant::now();
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove the unfinished {}", path.display()))?;
    }
    let nnlib = path.join("nnlib");
    library.write_to(&nnlib, server)?;
    let folder = Folder::create(&path.join("session"), &nnlib, features, library::LOCKFILE, server)?;
    let dependencies = dependencies_key(server)?;
    if let Some((other, _lock)) = with_dependencies(path.parent().unwrap_or(path), &dependencies) {
        clone::clone_crate(&other.join("session").join(CRATE), &folder.crate_dir())?;
        clone::strip_library(&folder.crate_dir())?;
    }
    prime(&folder)?;
    #[cfg(unix)]
    if server == Server::Ours {
        support::build(&folder.path().join(support::FOLDER), &Recipe::of_session(folder.path())?)?;
    }
    clone::strip_crate(&folder.crate_dir())?;
    for (name, content) in [(FEATURES, features.join("\n")), (DEPENDENCIES, dependencies)] {
        fs::write(path.join(name), content).with_context(|| format!("cannot write into {}", path.display()))?;
    }
    paths::write_atomically(
        &path.join("complete"),
        format!("built in {:.0} s\n", started.elapsed().as_secs_f64()).as_bytes(),
    )
}

/// A complete template whose dependencies were compiled as `key` says, in use as long as its lock is.
fn with_dependencies(root: &Path, key: &str) -> Option<(PathBuf, File)> {
    let folders = fs::read_dir(root).ok()?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    folders.filter(|path| fs::read_to_string(path.join(DEPENDENCIES)).is_ok_and(|found| found == key)).find_map(
        |path| {
            let lock = open_lock(&lock_path(&path)).ok()?;
            lock.try_lock_shared().ok()?;
            is_complete(&path).then_some((path, lock))
        },
    )
}

/// Runs what a session will run, so that all it compiles is there: dependencies for building, and for checking, which
/// evcxr does over all dependencies the first time that it cannot infer a type.
fn prime(folder: &Folder) -> Result<()> {
    let mut interpreter = Interpreter::start(folder, folder.path())?;
    interpreter.evaluate("use nnlib::prelude::*;\nlet primed = Array2::<f64>::zeros((2, 3));\nprimed")?;
    interpreter.context.check("let unchecked: Matrix = Array2::zeros((1, 1));")?;
    Ok(())
}

/// Removes templates that nobody uses, but for `keep` and the ones used last.
fn remove_unused(root: &Path, keep: &Path) {
    let last_use = |path: &Path| fs::metadata(path.join("complete")).and_then(|metadata| metadata.modified()).ok();
    let mut others: Vec<_> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && path != keep)
        .map(|path| (last_use(&path), path))
        .collect();
    // An unfinished one has never been used, and comes last.
    others.sort_by(|a, b| b.cmp(a));
    for (_, path) in others.into_iter().skip(KEPT) {
        // The lock is held until the folder is gone: a session that starts meanwhile waits, and builds anew.
        let Ok(lock) = open_lock(&lock_path(&path)) else { continue };
        if lock.try_lock().is_ok() {
            // Failing to tidy up is no reason to fail: the next build tries again.
            let _ = fs::remove_dir_all(&path);
        }
    }
}
