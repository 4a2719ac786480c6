//! A place for programs that nobody trusts: student code, and the compiler while it reads it.
//!
//! [`run`] starts this same binary again; [`hook`] recognises it. That process, the *keeper*, shuts itself off from the
//! machine (namespaces, a file system of its own, no rights) and starts the first process of a process namespace, which
//! starts the program. When the keeper or the caller ends, however that happens, the kernel ends everything inside.
//!
//! | module | what it holds |
//! |---|---|
//! | `outside` | the caller's side: starts a keeper, reads what comes out |
//! | `keeper` | the keeper: watches the time, reads the outputs back, tells how it ended |
//! | `namespaces`, `mounts`, `rights` | how it shuts itself off |
//! | `program` | the first process inside, and the program |
//! | `filter`, `access` | the system calls (seccomp) and the files (Landlock) that the program may use |
//! | `group`, `polling` | memory and processes: control groups, and what takes their place where there are none |
//! | `folders` | what the compiler, and a program it made, need of the machine |
//! | `attacks`, `protections` | tries to get out, and what they say about this machine |
//! | `wire`, `system` | messages; system calls |
//!
//! Only Linux has what this takes; elsewhere all of it reports itself as absent.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports, reason = "nothing runs in a sandbox there"))]

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod access;
#[cfg(target_os = "linux")]
mod attacks;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod folders;
#[cfg(target_os = "linux")]
mod group;
#[cfg(target_os = "linux")]
mod keeper;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod outside;
#[cfg(target_os = "linux")]
mod polling;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod protections;
#[cfg(target_os = "linux")]
mod rights;
#[cfg(target_os = "linux")]
mod system;
#[cfg(all(test, target_os = "linux"))]
mod tests;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(not(target_os = "linux"))]
pub use absent::{RUST_LIBRARIES, compiler_environment, compiler_mounts, hook, protections, run, runtime_mounts};
#[cfg(target_os = "linux")]
pub use folders::{RUST_LIBRARIES, compiler_environment, compiler_mounts, runtime_mounts};
#[cfg(target_os = "linux")]
pub use outside::run;
#[cfg(target_os = "linux")]
pub use protections::protections;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// The folder inside that can be written to. It lies in memory and is gone afterwards; nothing in it can be executed.
pub const WORK: &str = "/work";

/// What a process in the sandbox is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The program, by its path inside.
    pub program: PathBuf,
    /// The program itself, where it is no file of the machine. It lies in memory, in a folder inside that holds nothing else, and
    /// cannot be written to either: however this process ends, nothing is left of it.
    #[serde(skip)]
    pub content: Option<Vec<u8>>,
    /// Its arguments, without its name.
    pub arguments: Vec<OsString>,
    /// Its whole environment; nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// The folder inside that it starts in.
    pub folder: PathBuf,
    /// Files and folders of the machine, and where they lie inside. They cannot be written to, by nobody inside.
    pub read_only: Vec<(PathBuf, PathBuf)>,
    /// Files that are written below [`WORK`] before the start; a path is below it or relative to it.
    #[serde(skip)]
    pub inputs: Vec<(PathBuf, Vec<u8>)>,
    /// Files below [`WORK`] that are created, empty, before the start, and read through the same descriptor after the
    /// end: whatever was put in their place meanwhile is not looked at.
    pub outputs: Vec<PathBuf>,
    /// Files below [`WORK`] that are looked for after the end, for programs that put a new file in the place of an old
    /// one, as linkers do. Symbolic links, and what is no plain file, do not count as there.
    pub products: Vec<PathBuf>,
    /// What it may use up.
    pub limits: Limits,
    /// Whether what the program has started is waited for when the program itself has ended; else it is ended.
    pub wait_for_all: bool,
}

/// What a process in the sandbox may use up, with all that it starts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// From the start of the program to the end of all.
    pub wall: Duration,
    /// Of a core, for each process; rounded up to a second.
    pub cpu: Duration,
    /// Memory in bytes, files in [`WORK`] included.
    pub memory: u64,
    /// How many processes and threads there may be at a time.
    pub processes: u32,
    /// The size of [`WORK`], and of any file, in bytes.
    pub work_bytes: u64,
    /// How many bytes of standard output, standard error and each output are kept; with more, the sandbox is ended.
    pub output_bytes: u64,
    /// How many files a process may have open.
    pub open_files: u32,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The program ended by itself, with this status.
    Exited(i32),
    /// A signal ended the program.
    Signaled(i32),
    /// The time was up, or the program had used up its share of the processor.
    TimedOut,
    /// The program was ended for want of memory.
    OutOfMemory,
    /// It wrote more than is kept.
    TooMuchOutput,
}

/// What came out of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How the program ended.
    pub end: End,
    /// What was written to standard output.
    pub stdout: Vec<u8>,
    /// What was written to standard error.
    pub stderr: Vec<u8>,
    /// The content of the outputs and the products that were there, by the paths that the plan names them by.
    pub outputs: BTreeMap<PathBuf, Vec<u8>>,
    /// How long it took.
    pub wall: Duration,
    /// What it used of the processors, all processes together.
    pub cpu: Duration,
    /// The most memory that was in use at a time, in bytes: of all processes, or of the largest where no control group
    /// counts.
    pub peak_memory: u64,
}

/// What is done about protections that this machine does not have.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether to go on with those that there are.
    weak: bool,
    /// What is left out on purpose: to see that it is this that stops an attack, and not another.
    without: Vec<Guard>,
}

impl Policy {
    /// Nothing is run unless every protection is active.
    pub fn strict() -> Self {
        Policy { weak: false, without: Vec::new() }
    }

    /// As many as there are.
    pub fn weak() -> Self {
        Policy { weak: true, without: Vec::new() }
    }
}

/// A part of the sandbox that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Guard {
    UserNamespace,
    Access,
    Filter,
    ControlGroup,
}

/// Something that keeps what is inside from what is outside.
#[derive(Clone, Debug)]
pub struct Protection {
    /// What it is called.
    pub name: &'static str,
    /// Whether it held when it was tried.
    pub active: bool,
    /// What it means, or what was seen in place of it.
    pub detail: String,
    /// What mends it.
    pub mend: &'static str,
}

/// The names of the protections that this machine does not have, tried once.
pub fn missing() -> Vec<&'static str> {
    static MISSING: OnceLock<Vec<&'static str>> = OnceLock::new();
    let try_all = || protections().iter().filter(|protection| !protection.active).map(|found| found.name).collect();
    MISSING.get_or_init(try_all).clone()
}

/// The environment variable that makes this program a keeper or an attacker.
#[cfg(target_os = "linux")]
const ROLE: &str = "NNKERNEL_SANDBOX";

/// Becomes a keeper or an attacker if the environment says so, and then does not return.
#[cfg(target_os = "linux")]
pub fn hook() {
    match std::env::var(ROLE).as_deref() {
        Ok(keeper::ROLE) => keeper::run(),
        Ok(attacks::ROLE) => attacks::run(),
        _ => {}
    }
}
