//! The folder, first on the PATH, in which evcxr finds this binary under the names of cargo and rustup.

use crate::paths;
use crate::session;
use anyhow::{Context, Result};
use std::convert::Infallible;
use std::ffi::OsString;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs};

/// The name of cargo.
pub const CARGO: &str = "cargo";
/// The name of rustup.
pub const RUSTUP: &str = "rustup";

/// Set where the folder is on the PATH, to its path.
const FOLDER: &str = "NNKERNEL_TOOLS";

/// Set to the folder in which compiled cells are kept; where it is empty, none are.
const CELLS: &str = "NNKERNEL_CELLS";

/// Set to the kind of spare kernel that could take this one's place, if any.
const SPARE_KIND: &str = "NNKERNEL_SPARE_KIND";

/// The kind of spare kernel that could take this one's place, if any.
#[cfg(target_os = "linux")]
pub fn spare_kind() -> Option<String> {
    env::var(SPARE_KIND).ok()
}

/// The folder in which compiled cells are kept.
pub fn cell_folder() -> Option<PathBuf> {
    env::var_os(CELLS).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// The folder, if it is on the PATH.
pub fn folder() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// Puts the folder first on the PATH, by starting this program anew in place of itself, of which a spare would be of this kind.
pub fn enter(spare_kind: Option<String>) -> Result<Infallible> {
    let program = env::current_exe().context("this program does not know its own path")?;
    // One for each binary: its links stay what they are.
    let name = format!("{:016x}", BuildHasherDefault::<DefaultHasher>::default().hash_one(&program));
    let folder = paths::cache_root()?.join("tools").join(name);
    paths::create_dir(&folder)?;
    for tool in [CARGO, RUSTUP] {
        let link = folder.join(tool);
        if fs::read_link(&link).is_ok_and(|target| target == program) {
            continue;
        }
        let new = folder.join(format!("{tool}-{}", process::id()));
        symlink(&program, &new)
            .and_then(|()| fs::rename(&new, &link))
            .with_context(|| format!("cannot make the link {}", link.display()))?;
    }
    let path = env::join_paths([folder.clone()].into_iter().chain(search_path()))
        .with_context(|| format!("{} cannot be on the PATH", folder.display()))?;
    let cells = env::var_os(CELLS).unwrap_or(default_cell_folder()?);
    let mut command = Command::new(&program);
    command.args(env::args_os().skip(1)).env("PATH", path).env(FOLDER, &folder).env(CELLS, cells);
    command.envs(session::environment()?).envs(spare_kind.map(|kind| (SPARE_KIND, kind)));
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {} once more", program.display()))
}

/// Takes the folder off the PATH of what `command` starts: user code has nothing to do with it.
pub fn leave(command: &mut Command) {
    if let Some(folder) = folder()
        && let Ok(path) = env::join_paths(search_path().filter(|entry| *entry != folder))
    {
        command.env("PATH", path).env_remove(FOLDER).env_remove(CELLS).env_remove(SPARE_KIND);
        session::leave(command);
    }
}

/// Has `command` keep compiled cells where this process does, if that is where its user wants them.
#[cfg(target_os = "linux")]
pub fn keep_cell_folder(command: &mut Command) -> Result<()> {
    let default = default_cell_folder()?;
    command.envs(env::var_os(CELLS).filter(|folder| *folder != default).map(|folder| (CELLS, folder)));
    Ok(())
}

fn default_cell_folder() -> Result<OsString> {
    Ok(paths::cache_root()?.join("cells").into_os_string())
}

fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// Becomes the tool that is behind this folder on the PATH; does not return.
pub fn run_real(tool: &str, tools: &Path) -> ! {
    let found =
        search_path().filter(|folder| folder != tools).map(|folder| folder.join(tool)).find(|file| file.is_file());
    let Some(file) = found else {
        eprintln!("error: nnkernel: {tool} was not found on the PATH: install Rust from https://rustup.rs");
        process::exit(127)
    };
    let mut command = Command::new(&file);
    command.args(env::args_os().skip(1));
    let error = command.exec();
    eprintln!("error: nnkernel: {} could not be started: {error}", file.display());
    process::exit(127)
}

/// In place of rustup: says where cargo is, which is here.
pub fn run_rustup(tools: &Path) -> ! {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    if arguments == ["which", CARGO] {
        println!("{}", tools.join(CARGO).display());
        process::exit(0)
    }
    run_real(RUSTUP, tools)
}
