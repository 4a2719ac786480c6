//! In place of rustc, where cargo starts it for the crate of a cell (`build.rustc-workspace-wrapper`): rustc's path is the
//! first argument.

use super::RUSTC;
use super::recipe::{self, Recipe};
use crate::paths;
use crate::runtime::markers;
use anyhow::{Context, Result};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Command, Output};
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
    let start = |arguments: &[String]| {
        let mut command = Command::new(&rustc);
        command.args(arguments).env_remove(RUSTC);
        command
    };
    if without_shared(&arguments).is_none() {
        let error = start(&arguments).exec();
        fail(&format!("{rustc} could not be started: {error}"));
    }
    become_output(output(&arguments, start))
}

/// What rustc says, started by `start` with these arguments.
///
/// A crate that cells share is linked with the cell for good if the linker cannot do otherwise: rustc takes a function of
/// such a crate for one of the cell's own if the cell has a pointer to it, and it reports where it was called from.
pub fn output(arguments: &[String], start: impl Fn(&[String]) -> Command) -> Result<Output> {
    let run = |arguments: &[String]| start(arguments).output().context("rustc could not be started");
    let output = run(arguments)?;
    match without_shared(arguments) {
        Some(others) if !output.status.success() && has_not_linked(&output) => run(&others),
        _ => Ok(output),
    }
}

/// Ends this process as if it had been the one with this output.
pub fn become_output(output: Result<Output>) -> ! {
    let output = output.unwrap_or_else(|error| fail(&format!("{error:#}")));
    // Whoever does not listen any more does not want to know.
    let _ = io::stdout().write_all(&output.stdout);
    let _ = io::stderr().write_all(&output.stderr);
    process::exit(output.status.code().unwrap_or(1))
}

fn has_not_linked(output: &Output) -> bool {
    says_not_linked(&String::from_utf8_lossy(&output.stderr))
}

/// Whether this is what rustc says where the linker has failed.
pub fn says_not_linked(stderr: &str) -> bool {
    stderr.contains("linking with `")
}

/// Arguments without the shared form of crates that are there in another form too; `None` if there are none.
pub fn without_shared(arguments: &[String]) -> Option<Vec<String>> {
    // Each follows an `--extern`.
    let files = || arguments.windows(2).filter(|pair| pair[0] == "--extern").map(|pair| &pair[1]);
    let crate_of = |file: &str| file.split('=').next().unwrap_or_default().to_owned();
    let linked: Vec<String> = files().filter(|file| file.ends_with(".rlib")).map(|file| crate_of(file)).collect();
    let is_left_out = |file: &String| {
        file.ends_with(env::consts::DLL_SUFFIX)
            && files().any(|known| known == file)
            && linked.contains(&crate_of(file))
    };
    let mut kept: Vec<String> = Vec::with_capacity(arguments.len());
    for argument in arguments {
        if is_left_out(argument) {
            kept.pop();
        } else {
            kept.push(argument.clone());
        }
    }
    (kept.len() < arguments.len()).then_some(kept)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_in_both_forms_can_be_linked_for_good() {
        let arguments =
            |text: &str| text.replace(".so", env::consts::DLL_SUFFIX).split(' ').map(str::to_owned).collect();
        let given: Vec<String> = arguments("--extern a=/d/liba.rlib --extern a=/d/liba.so --extern b=/d/libb.so -O");
        assert_eq!(without_shared(&given), Some(arguments("--extern a=/d/liba.rlib --extern b=/d/libb.so -O")));
        assert_eq!(without_shared(&arguments("--extern b=/d/libb.so -O")), None);
    }
}
