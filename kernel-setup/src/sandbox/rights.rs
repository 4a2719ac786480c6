//! Giving up what the keeper may do.

#![allow(unsafe_code, reason = "system calls")]

use super::Limits;
use super::system::{check, check_int, prctl};
use std::io;
use std::time::Duration;

/// The stack of a program's first thread, as it is on most machines.
const STACK: u64 = 8 << 20;

/// Gives up every capability for good, and lets no program that is executed bring one back. Takes an account meanwhile,
/// as long as that is still allowed.
pub fn drop_capabilities(account: Option<u32>) -> io::Result<()> {
    // Those of a later kernel, too: until it says that there are no more.
    for capability in 0.. {
        // SAFETY: takes numbers alone.
        match check_int(unsafe { libc::prctl(libc::PR_CAPBSET_READ, capability, 0, 0, 0) }) {
            Ok(1) => prctl(libc::PR_CAPBSET_DROP, capability)?,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as libc::c_ulong)?;
    if let Some(account) = account {
        become_account(account)?;
    }
    // Of the third version: a head of the version and the process, then three sets for each half of the capabilities.
    let head: [u32; 2] = [0x2008_0522, 0];
    let none = [0u32; 6];
    // SAFETY: both places are as long as this version has them, and outlive the call.
    check(unsafe { libc::syscall(libc::SYS_capset, head.as_ptr(), none.as_ptr()) })?;
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// Leaves every group but the process's own, which it may while it is root.
pub fn leave_groups() -> io::Result<()> {
    // SAFETY: no list is passed.
    match check_int(unsafe { libc::setgroups(0, std::ptr::null()) }) {
        // Where groups cannot be left, as in a namespace that a user has made, they are those of that user.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other.map(drop),
    }
}

/// Takes another identity.
pub fn become_account(account: u32) -> io::Result<()> {
    // The system calls themselves: the C library would look for other threads.
    // SAFETY: takes numbers alone.
    check(unsafe { libc::syscall(libc::SYS_setresgid, account, account, account) })?;
    // SAFETY: as above.
    check(unsafe { libc::syscall(libc::SYS_setresuid, account, account, account) })?;
    // Another identity makes a process's own files in /proc somebody else's.
    prctl(libc::PR_SET_DUMPABLE, 1)
}

/// Limits what this process, and each that it starts, may use up.
///
/// `data` limits what a process may have of memory where nothing counts all of them; `count` the processes of the
/// account where it is the sandbox's alone.
pub fn limit(limits: &Limits, data: bool, count: bool) -> io::Result<()> {
    let seconds = limits.cpu.as_secs() + u64::from(limits.cpu.subsec_nanos() > 0);
    // The signal at the first can be caught; a second later comes one that cannot.
    set(libc::RLIMIT_CPU, seconds.max(1), seconds.max(1) + 1)?;
    set(libc::RLIMIT_FSIZE, limits.work_bytes, limits.work_bytes)?;
    set(libc::RLIMIT_NOFILE, limits.open_files.into(), limits.open_files.into())?;
    // With a limit of zero, a program that collects cores would be started all the same, outside; with one of a byte,
    // no core is made in any way.
    set(libc::RLIMIT_CORE, 1, 1)?;
    // How deep a recursion may go is the same wherever submissions are graded.
    set(libc::RLIMIT_STACK, STACK, STACK)?;
    set(libc::RLIMIT_NICE, 0, 0)?;
    set(libc::RLIMIT_RTPRIO, 0, 0)?;
    set(libc::RLIMIT_MEMLOCK, 0, 0)?;
    set(libc::RLIMIT_MSGQUEUE, 0, 0)?;
    if count {
        // The first process inside and the keeper are not the program's.
        let processes = u64::from(limits.processes) + 2;
        set(libc::RLIMIT_NPROC, processes, processes)?;
    }
    if data {
        set(libc::RLIMIT_DATA, limits.memory, limits.memory)?;
    }
    Ok(())
}

fn set(resource: libc::__rlimit_resource_t, soft: u64, hard: u64) -> io::Result<()> {
    // SAFETY: all zeros are a valid value of this structure of numbers.
    let mut current: libc::rlimit = unsafe { std::mem::zeroed() };
    // SAFETY: the place outlives the call.
    check_int(unsafe { libc::getrlimit(resource, &raw mut current) })?;
    // What was limited from outside stays so.
    let limit = libc::rlimit { rlim_cur: soft.min(current.rlim_max), rlim_max: hard.min(current.rlim_max) };
    // SAFETY: the structure outlives the call.
    check_int(unsafe { libc::setrlimit(resource, &raw const limit) }).map(drop)
}

/// Signals as a new program expects them: none blocked, none ignored.
pub fn reset_signals() {
    for signal in 1..=libc::SIGRTMAX() {
        // Those that cannot be changed are as they should be.
        // SAFETY: no function of this program becomes a handler.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: all zeros are a valid set of signals; the places outlive the calls.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Whether a process that ended so had used up its share of the processor.
pub fn is_out_of_time(signal: i32, used: Duration, limits: &Limits) -> bool {
    signal == libc::SIGXCPU || (signal == libc::SIGKILL && used >= limits.cpu)
}
