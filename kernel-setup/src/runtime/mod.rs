//! The processes below an interpreter: a supervisor that evcxr talks to, and the live process that runs the cells.
//!
//! evcxr starts "a runtime", sends it the path of each compiled cell, and reads its standard output by line. It reports
//! success for a cell that panicked or returned early through `?`, and forgets all variables when a cell ends its
//! process. The [supervisor] stands between the two. Before each cell the [live] process leaves a copy of itself, which
//! takes its place when the cell fails: the variables are then what they were before. The supervisor tells what a cell
//! writes and how it ended in [frames](frame).
//!
//! All are this same binary, started again; [`hook`] recognises them by their environment, before anything else runs.
//! Systems other than Linux have no checkpoints; systems other than Unix have evcxr's own runtime.

pub mod ending;
pub mod frame;
pub mod text;

#[cfg(unix)]
mod framed;
#[cfg(unix)]
mod live;
#[cfg(unix)]
pub mod markers;
#[cfg(target_os = "linux")]
pub mod memory;
#[cfg(unix)]
pub mod notebook;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod plain;
#[cfg(unix)]
mod protocol;
#[cfg(unix)]
mod stop;
#[cfg(unix)]
mod supervisor;

#[cfg(unix)]
use std::env;

/// The environment that makes a process a supervisor. The live process below it does not inherit these.
pub mod variable {
    /// The folder that cells run in: the notebook's. Present in every supervisor.
    pub const WORKDIR: &str = "NNKERNEL_RUNTIME_WORKDIR";
    /// A `Cargo.lock` to put in place when the first cell has been compiled (see [`super::supervisor`]).
    pub const LOCKFILE: &str = "NNKERNEL_RUNTIME_LOCKFILE";
    /// Where to put it.
    pub const LOCKFILE_TARGET: &str = "NNKERNEL_RUNTIME_LOCKFILE_TARGET";
    /// A file with the word that frames begin with. While it does not exist, there are none, and cells are compiled as
    /// evcxr makes them.
    pub const NONCE_FILE: &str = "NNKERNEL_RUNTIME_NONCE_FILE";
    /// A file that says what to do with the next cell in place of running it (see [`super::Held`]).
    pub const HELD_FILE: &str = "NNKERNEL_RUNTIME_HELD_FILE";
    /// The folder through which cells are asked to stop (see [`super::stop`]).
    pub const STOP_FOLDER: &str = "NNKERNEL_RUNTIME_STOP_FOLDER";
    /// A file that says for which notebook cells run, if that was not known from the start (see [`super::notebook`]).
    pub const NOTEBOOK_FILE: &str = "NNKERNEL_RUNTIME_NOTEBOOK_FILE";
    /// All of the above.
    #[cfg(unix)]
    pub const ALL: [&str; 7] = [WORKDIR, LOCKFILE, LOCKFILE_TARGET, NONCE_FILE, HELD_FILE, STOP_FOLDER, NOTEBOOK_FILE];
    /// Set by evcxr for what it starts as a runtime.
    #[cfg(unix)]
    pub const IS_RUNTIME: &str = "EVCXR_IS_RUNTIME";
}

/// What becomes of the next cell that evcxr wants to have run, in place of running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// evcxr gives it up, as if it had failed: so much is known then that it compiles.
    Refuse,
    /// It was interrupted before it came to be run.
    Interrupt,
    /// evcxr forgets these variables, and runs the cell again without them. Nobody is told of that run.
    Forget(Vec<String>),
}

impl Held {
    /// What the file for the supervisor holds.
    pub fn to_text(&self) -> String {
        match self {
            Held::Refuse => "refuse".to_owned(),
            Held::Interrupt => "interrupt".to_owned(),
            Held::Forget(names) => format!("forget {}", names.join(" ")),
        }
    }

    #[cfg(unix)]
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        match words.next()? {
            "refuse" => Some(Held::Refuse),
            "interrupt" => Some(Held::Interrupt),
            "forget" => Some(Held::Forget(words.map(str::to_owned).collect())),
            _ => None,
        }
    }
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
