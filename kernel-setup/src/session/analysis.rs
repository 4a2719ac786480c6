//! What rust-analyzer reads: it infers, within evcxr, the types of variables.
//!
//! Left to itself it reads the source of every crate below the crate of a cell, and all of the standard library, twice: once
//! for an empty crate that evcxr begins with, once more when nnlib has come to it. That takes most of the time until the first cell, and each
//! later cell has to look whether something in there has changed. So it is shown only what a type of a variable can come from: nnlib, the
//! crates that nnlib's own signatures name, and the standard library without the instructions of each processor.

use anyhow::{Context, Result};
use std::path::Path;
use std::{env, fs};

/// The condition under which nnlib's source is read, and not compiled.
pub const CONDITION: &str = "nnkernel_analysis";

/// Of nnlib's dependencies, those whose types are in its own signatures.
const SHOWN_DEPENDENCIES: [&str; 1] = ["ndarray"];

/// Of the standard library's folders, those that are not shown: what processors have of their own.
#[cfg(target_os = "linux")]
const HIDDEN_LIBRARIES: [&str; 2] = ["stdarch", "portable-simd"];

/// Tells rust-analyzer where the standard library's source is.
const LIBRARY_VARIABLE: &str = "RUST_SRC_PATH";

/// Below an interpreter's folder.
const LIBRARY_FOLDER: &str = "rust-src";

/// What the environment of a process is to be, whose interpreter will start in `folder`; nothing where links cannot be made, or the user
/// has chosen a standard library.
#[cfg(unix)]
pub fn environment(folder: &Path) -> Option<(&'static str, std::path::PathBuf)> {
    (cfg!(target_os = "linux") && env::var_os(LIBRARY_VARIABLE).is_none())
        .then(|| (LIBRARY_VARIABLE, folder.join(LIBRARY_FOLDER)))
}

/// Takes what [`environment`] has set for a process with an interpreter in `folder` away from what it starts.
#[cfg(unix)]
pub fn leave(command: &mut std::process::Command, folder: &Path) {
    if is_shown(folder) {
        command.env_remove(LIBRARY_VARIABLE);
    }
}

/// Whether rust-analyzer reads the standard library in `folder`.
fn is_shown(folder: &Path) -> bool {
    env::var_os(LIBRARY_VARIABLE).is_some_and(|path| Path::new(&path) == folder.join(LIBRARY_FOLDER))
}

/// Makes all other dependencies in nnlib's manifest ones of compilers alone.
pub fn hide_dependencies(manifest: &mut toml::Table) {
    let Some(dependencies) = manifest.get_mut("dependencies").and_then(toml::Value::as_table_mut) else { return };
    let (shown, hidden): (toml::Table, toml::Table) =
        std::mem::take(dependencies).into_iter().partition(|(name, _)| SHOWN_DEPENDENCIES.contains(&name.as_str()));
    *dependencies = shown;
    let hidden = toml::Table::from_iter([("dependencies".to_owned(), hidden.into())]);
    let target = toml::Table::from_iter([(format!("cfg(not({CONDITION}))"), hidden.into())]);
    manifest.insert("target".to_owned(), target.into());
}

/// Shows an interpreter that starts in `folder` an empty standard library: the empty crate needs none.
pub fn hide_library(folder: &Path) -> Result<()> {
    if !is_shown(folder) {
        return Ok(());
    }
    // rust-analyzer believes in a standard library that has this folder.
    let core = folder.join(LIBRARY_FOLDER).join("core");
    fs::create_dir_all(&core).with_context(|| format!("cannot create {}", core.display()))
}

/// Shows the interpreter that has started in `folder` the standard library, from when it reads it next.
pub fn show_library(folder: &Path) -> Result<()> {
    #[cfg(target_os = "linux")]
    if is_shown(folder) {
        let shown = folder.join(LIBRARY_FOLDER);
        return link_library(&shown)
            .with_context(|| format!("cannot show the standard library in {}", shown.display()));
    }
    let _ = folder;
    Ok(())
}

#[cfg(target_os = "linux")]
fn link_library(shown: &Path) -> Result<()> {
    fs::remove_dir_all(shown)?;
    let source = super::toolchain::standard_library_source()?;
    // Where it is not installed, rust-analyzer does without, as it would of itself.
    let Ok(entries) = fs::read_dir(source) else { return Ok(()) };
    fs::create_dir(shown)?;
    for entry in entries {
        let entry = entry?;
        if HIDDEN_LIBRARIES.iter().all(|hidden| entry.file_name() != *hidden) {
            std::os::unix::fs::symlink(entry.path(), shown.join(entry.file_name()))?;
        }
    }
    Ok(())
}
