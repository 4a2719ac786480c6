//! The processes below an interpreter: a supervisor that evcxr talks to, and the live process that runs the cells.
//!
//! evcxr starts "a runtime", sends it the path of each compiled cell, and reads its standard output by line. It reports
//! success for a cell that panicked or returned early through `?`, and forgets all variables when a cell ends its
//! process. The [supervisor] stands between the two. Before each cell the [live] process leaves a copy of itself, which
//! takes its place when the cell fails: the variables are then what they were before. The supervisor tells how each cell
//! ended in [reports](report).
//!
//! All are this same binary, started again; [`hook`] recognises them by their environment, before anything else runs.
//! Systems other than Linux have no checkpoints; systems other than Unix have evcxr's own runtime.

pub mod report;

#[cfg(unix)]
mod live;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod protocol;
#[cfg(unix)]
mod supervisor;

use std::env;

/// The environment that makes a process a supervisor. The live process below it does not inherit these.
pub mod variable {
    /// The folder that cells run in: the notebook's. Present in every supervisor.
    pub const WORKDIR: &str = "NNKERNEL_RUNTIME_WORKDIR";
    /// A `Cargo.lock` to put in place when the first cell has been compiled (see [`super::supervisor`]).
    pub const LOCKFILE: &str = "NNKERNEL_RUNTIME_LOCKFILE";
    /// Where to put it.
    pub const LOCKFILE_TARGET: &str = "NNKERNEL_RUNTIME_LOCKFILE_TARGET";
    /// A file with the word that reports begin with. While it does not exist, the supervisor makes none: evcxr evaluates
    /// something while it starts, and waits until what that wrote is read, which nobody does as yet.
    pub const NONCE_FILE: &str = "NNKERNEL_RUNTIME_NONCE_FILE";
    /// All of the above.
    pub const ALL: [&str; 4] = [WORKDIR, LOCKFILE, LOCKFILE_TARGET, NONCE_FILE];

    /// Set by evcxr for what it starts as a runtime.
    pub const IS_RUNTIME: &str = "EVCXR_IS_RUNTIME";
}

/// Becomes a supervisor, a live process or a rustc wrapper if the environment says so, and then does not return.
pub fn hook() {
    #[cfg(unix)]
    if env::var_os(variable::IS_RUNTIME).is_some() {
        if env::var_os(variable::WORKDIR).is_some() {
            supervisor::run();
        }
        if env::var_os(protocol::variable::CONTROL).is_some() {
            live::run();
        }
    }
    evcxr::runtime_hook();
}
