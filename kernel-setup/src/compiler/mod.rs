//! The compiler of cells: what stands between evcxr and rustc.
//!
//! evcxr builds the crate of each cell with cargo, which looks at all that could have changed before it starts rustc with the
//! same arguments as for the cell before. So this binary stands in for [cargo]: what rustc was started with for one
//! cell is its [recipe] for the next, as long as nothing but the cell's own code is another. The [code](canonical)
//! is put in order first, what cells have in common is [compiled once](support), and what was compiled is [kept](store). In
//! place of [rustc] it marks what evcxr has made of a cell.
//!
//! evcxr asks `rustup` for cargo's path, or looks for cargo on the PATH: there it finds these [tools].

pub mod canonical;
mod cargo;
mod cell;
mod loops;
pub mod recipe;
pub mod rustc;
mod store;
pub mod support;
pub mod tools;
mod variables;

use std::env;
use std::path::Path;

/// Set by cargo for what it starts as the compiler of a cell: the file of the session's nonce.
pub const RUSTC: &str = "NNKERNEL_RUSTC_NONCE_FILE";

/// Becomes the tool that this process was started as, and then does not return.
pub fn hook() {
    if let Some(nonce_file) = env::var_os(RUSTC) {
        rustc::run(Path::new(&nonce_file));
    }
    let Some(tools) = tools::folder() else { return };
    match env::args_os().next().as_deref().map(Path::new).and_then(Path::file_name) {
        Some(name) if name == tools::CARGO => cargo::run(&tools),
        Some(name) if name == tools::RUSTUP => tools::run_rustup(&tools),
        _ => {}
    }
}
