//! Stand-in while the real one is written.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
/// What a process in the sandbox is given.
#[derive(Clone, Debug)]
pub struct Plan {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(OsString, OsString)>,
    pub folder: PathBuf,
    pub read_only: Vec<(PathBuf, PathBuf)>,
    pub inputs: Vec<(PathBuf, Vec<u8>)>,
    pub outputs: Vec<PathBuf>,
    pub wait_for_all: bool,
    pub limits: Limits,
}
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub wall: Duration,
    pub cpu: Duration,
    pub memory: u64,
    pub processes: u32,
    pub work_bytes: u64,
    pub output_bytes: u64,
    pub open_files: u32,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    Signaled(i32),
    TimedOut,
    OutOfMemory,
    TooMuchOutput,
}
#[derive(Debug)]
pub struct Outcome {
    pub end: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub outputs: BTreeMap<PathBuf, Vec<u8>>,
    pub wall: Duration,
    pub cpu: Duration,
    pub peak_memory: u64,
}
