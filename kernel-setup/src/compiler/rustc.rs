//! In place of rustc, where cargo starts it for the crate of a cell (`build.rustc-workspace-wrapper`): rustc's path is the
//! first argument.

use super::RUSTC;
use super::recipe::{self, Recipe};
use crate::paths;
use crate::runtime::markers;
use anyhow::Result;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Command};
use std::{env, fs};

/// The crate's source, as cargo names it.
pub const SOURCE: &str = "src/lib.rs";

/// Compiles; does not return.
pub fn run(nonce_file: &Path) -> ! {
    let mut arguments = env::args().skip(1);
    let rustc = arguments.next().unwrap_or_else(|| "rustc".to_owned());
    let mut arguments: Vec<String> = arguments.collect();
    if arguments.iter().any(|argument| argument == SOURCE) {
        let marked = mark(nonce_file);
        recipe::name_crate(&mut arguments);
        let noted = match Recipe::of_this_process(Path::new(&rustc), &arguments) {
            Some(recipe) => recipe.write(),
            None => Ok(()),
        };
        if let Err(error) = marked.and(noted) {
            fail(&format!("{error:#}"));
        }
    }
    let error = Command::new(&rustc).args(&arguments).env_remove(RUSTC).exec();
    fail(&format!("{rustc} could not be started: {error}"))
}

/// [Marks](markers) the cell's code with the session's nonce; where there is none, with nothing.
pub fn mark(nonce_file: &Path) -> Result<()> {
    let Ok(nonce) = fs::read_to_string(nonce_file) else { return Ok(()) };
    match markers::mark(&fs::read_to_string(SOURCE)?, &nonce) {
        Some(marked) => paths::write_atomically(Path::new(SOURCE), marked.as_bytes()),
        None => Ok(()),
    }
}

/// Says what is wrong in the compiler's manner, and ends.
pub fn fail(message: &str) -> ! {
    eprintln!("error: nnkernel: {message}");
    process::exit(1)
}
