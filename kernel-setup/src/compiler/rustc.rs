//! This binary in place of the compiler: it [marks](super::markers) what evcxr has made of a cell, and becomes rustc.
//!
//! Cargo starts it for the crate of the cell alone (`build.rustc-workspace-wrapper`), with rustc's path as the first
//! argument.

use super::markers;
use crate::paths;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Command};

/// The crate's source, as cargo names it.
const SOURCE: &str = "src/lib.rs";

/// Compiles; does not return. `nonce_file` holds the word for the marks; where it is not there, nothing is marked.
pub fn run(nonce_file: &OsStr) -> ! {
    let mut arguments = env::args_os().skip(1);
    let rustc = arguments.next().unwrap_or_else(|| "rustc".into());
    let arguments: Vec<OsString> = arguments.collect();
    let result = if arguments.iter().any(|argument| argument == SOURCE) {
        mark(Path::new(SOURCE), Path::new(nonce_file))
    } else {
        Ok(())
    };
    let error = match result {
        Ok(()) => {
            let error = Command::new(&rustc).args(&arguments).env_remove(super::variable::RUSTC).exec();
            anyhow::Error::from(error).context(format!("{} could not be started", rustc.display()))
        }
        Err(error) => error,
    };
    eprintln!("error: nnkernel: {error:#}");
    process::exit(1)
}

fn mark(source: &Path, nonce_file: &Path) -> anyhow::Result<()> {
    let Ok(nonce) = fs::read_to_string(nonce_file) else { return Ok(()) };
    match markers::mark(&fs::read_to_string(source)?, &nonce) {
        Some(marked) => paths::write_atomically(source, marked.as_bytes()),
        None => Ok(()),
    }
}
