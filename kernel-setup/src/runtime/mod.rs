//! The processes below an interpreter: a relay that evcxr talks to, and the process that runs the cells.
//!
//! evcxr starts "a runtime", sends it the path of each compiled cell, and reads its standard output by line. It reports
//! success for a cell that panicked or returned early through `?`. The relay stands between the two: it sees what the
//! runtime says and, for each cell, [reports](report) how it ended.
//!
//! Both are this same binary, started again; [`hook`] recognises them by their environment, before anything else runs.

pub mod report;

#[cfg(unix)]
mod relay;

use std::env;

/// The environment that makes a process a relay. The runtime below it does not inherit these.
pub mod variable {
    /// The folder that cells run in: the notebook's. Present in every relay.
    pub const WORKDIR: &str = "NNKERNEL_RELAY_WORKDIR";
    /// A `Cargo.lock` to put in place when the first cell has been compiled (see [`super::relay`]).
    pub const LOCKFILE: &str = "NNKERNEL_RELAY_LOCKFILE";
    /// Where to put it.
    pub const LOCKFILE_TARGET: &str = "NNKERNEL_RELAY_LOCKFILE_TARGET";
    /// A file with the word that reports begin with. While it does not exist, the relay makes none: evcxr evaluates
    /// something while it starts, and waits until what that wrote is read, which nobody does as yet.
    pub const NONCE_FILE: &str = "NNKERNEL_RELAY_NONCE_FILE";
    /// All of the above.
    pub const ALL: [&str; 4] = [WORKDIR, LOCKFILE, LOCKFILE_TARGET, NONCE_FILE];

    /// Set by evcxr for what it starts as a runtime.
    pub const IS_RUNTIME: &str = "EVCXR_IS_RUNTIME";
}

/// Becomes a relay, a runtime or a rustc wrapper if the environment says so, and then does not return.
pub fn hook() {
    #[cfg(unix)]
    if env::var_os(variable::IS_RUNTIME).is_some() {
        if env::var_os(variable::WORKDIR).is_some() {
            relay::run();
        }
        relay::die_with_parent();
    }
    evcxr::runtime_hook();
}
