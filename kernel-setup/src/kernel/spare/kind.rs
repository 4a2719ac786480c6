//! Whom a spare could serve: kernels of which it differs in nothing but the notebook.

use crate::runtime::notebook;
use crate::session::{Server, template};
use anyhow::{Context, Result};
use rustix::process::getpriority_process;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::{env, fs};

/// Who a process is and what it may do, by the names in `/proc/self/status`.
const STATUS: [&str; 9] =
    ["Umask:", "Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:", "Cpus_allowed:"];
/// What a process sees of the machine, in `/proc/self/ns`.
const NAMESPACES: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/// A name for all that kernels have to agree in with this process, to serve the same notebooks without these modules of nnlib.
pub fn of(withheld: &[String]) -> Result<String> {
    let mut hasher = Sha256::new();
    let mut add = |part: &[u8]| {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    let program = env::current_exe().context("this program does not know its own path")?;
    let metadata = fs::metadata(&program)?;
    add(program.as_os_str().as_bytes());
    for number in
        [metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime() as u64, metadata.mtime_nsec() as u64]
    {
        add(&number.to_le_bytes());
    }
    add(template::name(withheld, Server::Ours)?.as_bytes());

    let mut environment: Vec<(OsString, OsString)> =
        env::vars_os().filter(|(name, _)| !notebook::differs(name)).collect();
    environment.sort();
    for (name, value) in &environment {
        add(name.as_bytes());
        add(value.as_bytes());
    }

    let status = fs::read_to_string("/proc/self/status")?;
    for line in status.lines().filter(|line| STATUS.iter().any(|name| line.starts_with(name))) {
        add(line.as_bytes());
    }
    for name in ["limits", "cgroup", "attr/current"] {
        add(&fs::read(format!("/proc/self/{name}")).unwrap_or_default());
    }
    for path in NAMESPACES.map(|name| format!("ns/{name}")).iter().map(String::as_str).chain(["root"]) {
        add(fs::read_link(format!("/proc/self/{path}")).unwrap_or_default().as_os_str().as_bytes());
    }
    add(&getpriority_process(None)?.to_le_bytes());
    Ok(hasher.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect())
}
