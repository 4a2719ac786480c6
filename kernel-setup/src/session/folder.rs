//! The folder an interpreter lives in: its configuration, its lock file, and the crate that evcxr compiles cells in.
//!
//! evcxr reads `evcxr.toml` from the current folder before any other place, so an interpreter is started *in* its folder:
//! what lies in the notebook's own folder, or in the user's configuration, cannot change what a session does.

use super::analysis;
use super::toolchain;
use crate::paths;
#[cfg(target_os = "linux")]
use crate::runtime::notebook::Notebook;
use crate::runtime::{Held, variable};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Build settings for what cells depend on. evcxr builds dependencies as it builds cells: with overflow checks and debug
/// assertions. Cargo reads this file because it lies above the crate, and prefers it to the crate's own manifest. What runs only
/// while compiling is not optimised. All else is, even what nnlib never reaches: cells share generic code with crates that were compiled
/// without optimisation, as rustc has it, and would be as slow.
pub const CARGO_CONFIG: &str = "\
[profile.dev.package.\"*\"]
opt-level = 3
debug = false
debug-assertions = false
overflow-checks = false

[profile.dev.package]
proc-macro2 = { opt-level = 0 }
quote = { opt-level = 0 }
syn = { opt-level = 0 }
serde_derive = { opt-level = 0 }
";

/// What every session evaluates before its first cell.
pub const PRELUDE: &str = include_str!("prelude.rs");

/// The crate that evcxr compiles cells in, below an interpreter's folder.
pub const CRATE: &str = "ctx";

const LOCKFILE: &str = "Cargo.lock";
const NONCE: &str = "nonce";
const HELD: &str = "held";
const STOP: &str = "stop";
const NOTEBOOK: &str = "notebook";

/// Where the system's loader looks for shared libraries first.
const SHARED_LIBRARIES: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// Who serves the notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// This program.
    Ours,
    /// evcxr's own, as it is.
    Stock,
}

/// A folder prepared for an interpreter.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Writes what an interpreter needs into `path`: its settings, and `lockfile`, which it takes over once it has started.
    ///
    /// Cells depend on the crate in the folder `nnlib`, with these of its `features`.
    pub fn create(path: &Path, nnlib: &Path, features: &[String], lockfile: &str, server: Server) -> Result<Self> {
        let folder = Folder { path: path.to_owned() };
        paths::create_dir(&folder.crate_dir())?;
        paths::create_dir(&path.join(".cargo"))?;
        paths::create_dir(&path.join(STOP).join("listeners"))?;
        let settings = match server {
            Server::Ours => folder.build_settings()?,
            Server::Stock => String::new(),
        };
        folder.write(".cargo/config.toml", &format!("{CARGO_CONFIG}\n{settings}"))?;
        analysis::hide_library(path)?;
        folder.write(LOCKFILE, lockfile)?;

        let mut evcxr = toml::Table::new();
        evcxr.insert("tmpdir".to_owned(), utf8(&folder.crate_dir())?.into());
        evcxr.insert("prelude".to_owned(), PRELUDE.into());
        let mut dependency = toml::Table::new();
        dependency.insert("path".to_owned(), utf8(nnlib)?.into());
        dependency.insert("default-features".to_owned(), false.into());
        dependency.insert("features".to_owned(), features.to_vec().into());
        let mut dependencies = toml::Table::new();
        dependencies.insert("nnlib".to_owned(), dependency.into());
        let mut settings = toml::Table::new();
        settings.insert("evcxr".to_owned(), evcxr.into());
        settings.insert("dependencies".to_owned(), dependencies.into());
        folder.write("evcxr.toml", &toml::to_string(&settings)?)?;
        Ok(folder)
    }

    /// Cargo's settings by which it starts this binary for the crate of a cell, in place of the compiler, and by which
    /// rust-analyzer finds less to read: evcxr builds with flags of its own, which take the place of these.
    fn build_settings(&self) -> Result<String> {
        let mut build = toml::Table::new();
        build.insert("rustflags".to_owned(), vec!["--cfg", analysis::CONDITION].into());
        let mut settings = toml::Table::new();
        // Elsewhere evcxr's own runtime is used, which does not know of this.
        #[cfg(unix)]
        {
            let program = env::current_exe().context("this program does not know its own path")?;
            build.insert("rustc-workspace-wrapper".to_owned(), utf8(&program)?.into());
            let mut environment = toml::Table::new();
            environment.insert(crate::compiler::RUSTC.to_owned(), utf8(&self.path.join(NONCE))?.into());
            settings.insert("env".to_owned(), environment.into());
        }
        settings.insert("build".to_owned(), build.into());
        Ok(toml::to_string(&settings)?)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where evcxr compiles cells.
    pub fn crate_dir(&self) -> PathBuf {
        self.path.join(CRATE)
    }

    /// The environment that makes the interpreter's subprocess a supervisor for cells that run in `workdir`.
    pub fn runtime_environment(&self, workdir: &Path) -> Result<Vec<(&'static str, OsString)>> {
        Ok(vec![
            (variable::WORKDIR, workdir.into()),
            (variable::LOCKFILE, self.path.join(LOCKFILE).into()),
            (variable::LOCKFILE_TARGET, self.crate_dir().join(LOCKFILE).into()),
            (variable::NONCE_FILE, self.path.join(NONCE).into()),
            (variable::HELD_FILE, self.path.join(HELD).into()),
            (variable::STOP_FOLDER, self.path.join(STOP).into()),
            (variable::NOTEBOOK_FILE, self.path.join(NOTEBOOK).into()),
            (SHARED_LIBRARIES, library_path()?),
        ])
    }

    /// From the next cell on, the supervisor tells what cells write, and how each ended, on lines that begin with `nonce`.
    pub fn start_frames(&self, nonce: &str) -> Result<()> {
        paths::write_atomically(&self.path.join(NONCE), nonce.as_bytes())
    }

    /// From the next cell on, cells run for this notebook: no cell of another has been run yet.
    #[cfg(target_os = "linux")]
    pub fn enter_notebook(&self, notebook: &Notebook) -> Result<()> {
        // Jupyter's variables may hold what opens doors.
        paths::write_privately(&self.path.join(NOTEBOOK), &notebook.to_bytes())
    }

    /// The next cell that evcxr wants to have run is not run; this is done in its place.
    pub fn hold_next_cell(&self, held: &Held) -> Result<()> {
        paths::write_atomically(&self.path.join(HELD), held.to_text().as_bytes())
    }

    /// Takes [`hold_next_cell`](Self::hold_next_cell) back, if no cell has come to be run.
    pub fn release_next_cell(&self) {
        let _ = fs::remove_file(self.path.join(HELD));
    }

    fn write(&self, name: &str, content: &str) -> Result<()> {
        let path = self.path.join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The loader's path with the toolchain's libraries before the rest.
///
/// A compiled cell names the standard library by a path relative to where rustc wrote it; evcxr then moves it one folder
/// up. That goes unnoticed below `/tmp`, where both ways end at the root, but not where the cache and the toolchain lie
/// in the same home.
fn library_path() -> Result<OsString> {
    let mut folders = vec![toolchain::library_folder()?];
    if let Some(path) = env::var_os(SHARED_LIBRARIES) {
        folders.extend(env::split_paths(&path));
    }
    env::join_paths(folders).context("the toolchain's path cannot be searched for libraries")
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{}: the cache folder's path must be valid UTF-8", path.display()))
}
