//! Systems that have no sandbox.

use super::{Outcome, Plan, Policy, Protection};
use anyhow::{Result, bail};
use std::ffi::OsString;
use std::path::PathBuf;

/// Nothing is started as anything else here.
pub fn hook() {}

/// Says that it cannot.
pub fn run(_plan: &Plan, _policy: &Policy) -> Result<Outcome> {
    bail!("there is no sandbox on this system: run it on Linux, for which a virtual machine will do")
}

/// The one that stands for all.
pub fn protections() -> Vec<Protection> {
    vec![Protection {
        name: "sandbox",
        active: false,
        detail: "not on this system: nothing keeps what runs from what is on this machine".to_owned(),
        mend: "run it on Linux, for which a virtual machine will do",
    }]
}

/// Nothing is mounted here.
pub fn compiler_mounts() -> Result<Vec<(PathBuf, PathBuf)>> {
    Ok(Vec::new())
}

/// No compiler runs in a sandbox here.
pub fn compiler_environment() -> Result<Vec<(OsString, OsString)>> {
    Ok(Vec::new())
}

/// Where Rust's library would lie.
pub const RUST_LIBRARIES: &str = "/rust";

/// Nothing is mounted here.
pub fn runtime_mounts() -> Result<Vec<(PathBuf, PathBuf)>> {
    Ok(Vec::new())
}
