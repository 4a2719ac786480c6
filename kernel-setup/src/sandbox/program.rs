//! The first process inside, and the program that it starts.
//!
//! The first process of a process namespace is every orphan's parent, and its end is the end of all. It does nothing
//! but wait for those that end, and tell the keeper how the program did.

#![allow(unsafe_code, reason = "fork and exec")]

use super::system::{c_bytes, c_path, check_int, duplicate_to};
use super::{Plan, access, filter, rights};
use anyhow::{Context, Result};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::process;

/// What the first process inside is given.
pub struct Start<'a> {
    pub plan: &'a Plan,
    /// A byte comes when all is ready; the end of the keeper shows as the end of this.
    pub go: PipeReader,
    /// How the program ended.
    pub report: PipeWriter,
    /// The machine's `/proc`, for one file.
    pub processes: File,
    /// Whether files and system calls are limited; faults in that are only told if so.
    pub access: bool,
    pub filter: bool,
    pub strict: bool,
    /// See [`rights::limit`].
    pub limit_data: bool,
    pub count_processes: bool,
}

/// What a report begins with.
const ENDED: u8 = b'e';
const FAULT: u8 = b'f';

/// What is known of the program when all is over.
pub enum Fate {
    /// Its status, as `wait` tells it.
    Ended(libc::c_int),
    /// It could not be started.
    Fault(String),
    /// The first process was ended before.
    Unknown,
}

/// Reads what was reported.
pub fn fate(mut report: PipeReader) -> io::Result<Fate> {
    let mut bytes = Vec::new();
    report.read_to_end(&mut bytes)?;
    Ok(match bytes.split_first() {
        Some((&FAULT, text)) => Fate::Fault(String::from_utf8_lossy(text).into_owned()),
        Some((&ENDED, status)) => match status.get(..4).and_then(|status| status.try_into().ok()) {
            Some(status) => Fate::Ended(i32::from_ne_bytes(status)),
            None => Fate::Unknown,
        },
        _ => Fate::Unknown,
    })
}

/// Serves as the first process of a namespace; does not return.
pub fn run_first(mut start: Start<'_>) -> ! {
    // Should the keeper be gone already, nobody will say the word.
    let is_bound = super::system::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong).is_ok();
    if !is_bound || start.go.read_exact(&mut [0]).is_err() {
        process::exit(1);
    }
    // SAFETY: this process has one thread.
    match unsafe { libc::fork() } {
        0 => {
            let Err(error) = become_program(&start);
            let _ = start.report.write_all(&[&[FAULT], format!("{error:#}").as_bytes()].concat());
            process::exit(1)
        }
        -1 => {
            let error = io::Error::last_os_error();
            let _ = start.report.write_all(&[&[FAULT], format!("cannot start a process: {error}").as_bytes()].concat());
            process::exit(1)
        }
        program => {
            // Nobody inside may look into this process.
            let _ = super::system::prctl(libc::PR_SET_DUMPABLE, 0);
            reap(program, &mut start);
            process::exit(0)
        }
    }
}

/// Waits until the program has ended, and what it has started, too, if that is wanted.
fn reap(program: libc::pid_t, start: &mut Start<'_>) {
    loop {
        let mut status = 0;
        // SAFETY: the place outlives the call.
        match check_int(unsafe { libc::waitpid(-1, &raw mut status, 0) }) {
            Ok(ended) if ended == program => {
                let _ = start.report.write_all(&[&[ENDED], status.to_ne_bytes().as_slice()].concat());
                if !start.plan.wait_for_all {
                    return;
                }
            }
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}

/// Gives up what is left to give up, and becomes the program.
fn become_program(start: &Start<'_>) -> Result<std::convert::Infallible> {
    let plan = start.plan;
    // The program before the first process and the keeper, if one must end for memory.
    let score = c"self/oom_score_adj";
    let _ = write_at(start.processes.as_fd(), score, b"1000");
    // SAFETY: takes nothing.
    check_int(unsafe { libc::setsid() }).context("no session of its own")?;
    rights::reset_signals();

    let mut arguments = vec![c_path(&plan.program)?];
    for argument in &plan.arguments {
        arguments.push(c_bytes(argument.as_bytes())?);
    }
    let mut environment = Vec::new();
    for (name, value) in &plan.environment {
        environment.push(c_bytes(&[name.as_bytes(), b"=", value.as_bytes()].concat())?);
    }
    std::env::set_current_dir(&plan.folder)
        .with_context(|| format!("cannot enter the folder {} of the sandbox", plan.folder.display()))?;
    duplicate_to(File::open("/dev/null")?.as_fd(), 0)?;
    // The report goes with the descriptor that is closed when the program starts.
    rights::limit(&plan.limits, start.limit_data, start.count_processes).context("cannot limit the program")?;
    if start.access {
        tolerate(access::enter(plan).context("cannot limit files"), start.strict)?;
    }
    if start.filter {
        tolerate(filter::enter().context("cannot limit system calls"), start.strict)?;
    }
    let error = execute(&arguments, &environment);
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => " (may everybody read and execute it?)",
        // Of a script, or of a program whose loader is not there.
        io::ErrorKind::NotFound => " (is its loader there, too?)",
        _ => "",
    };
    Err(error).with_context(|| format!("cannot start {} in the sandbox{hint}", plan.program.display()))
}

fn tolerate(result: Result<()>, strict: bool) -> Result<()> {
    if strict { result } else { Ok(()) }
}

/// Becomes the program, or tells why not.
fn execute(arguments: &[CString], environment: &[CString]) -> io::Error {
    let pointers = |strings: &[CString]| -> Vec<*const libc::c_char> {
        strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both lists end with a null pointer, and outlive the call with what they point to.
    unsafe { libc::execve(arguments[0], arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

fn write_at(folder: BorrowedFd<'_>, path: &std::ffi::CStr, content: &[u8]) -> io::Result<()> {
    let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(folder, path, flags, rustix::fs::Mode::empty())?);
    file.write_all(content)
}
