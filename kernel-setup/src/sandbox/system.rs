//! System calls that the standard library has no words for.

#![allow(unsafe_code, reason = "system calls")]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A path for the kernel.
pub fn c_path(path: &Path) -> io::Result<CString> {
    c_bytes(path.as_os_str().as_bytes())
}

/// Bytes for the kernel.
pub fn c_bytes(bytes: &[u8]) -> io::Result<CString> {
    CString::new(bytes).map_err(|_| io::Error::other("a path, an argument or a variable has a zero byte in it"))
}

/// What a system call returned, or its error.
pub fn check(returned: libc::c_long) -> io::Result<libc::c_long> {
    if returned < 0 { Err(io::Error::last_os_error()) } else { Ok(returned) }
}

/// As [`check`], for functions that return an `int`.
pub fn check_int(returned: libc::c_int) -> io::Result<libc::c_int> {
    if returned < 0 { Err(io::Error::last_os_error()) } else { Ok(returned) }
}

/// Takes over a descriptor that a system call returned.
pub fn descriptor(returned: libc::c_long) -> io::Result<OwnedFd> {
    let number = i32::try_from(check(returned)?).map_err(io::Error::other)?;
    // SAFETY: the kernel has just opened it for this call, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// `prctl` with numbers alone.
pub fn prctl(option: libc::c_int, argument: libc::c_ulong) -> io::Result<()> {
    // SAFETY: none of the options in use takes a pointer.
    check_int(unsafe { libc::prctl(option, argument, 0, 0, 0) }).map(drop)
}

/// Has the kernel end this process when its parent ends; fails if that is so already.
pub fn end_with_parent(parent: u32) -> io::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)?;
    if std::os::unix::process::parent_id() == parent { Ok(()) } else { Err(io::Error::other("the caller has ended")) }
}

/// Closes every descriptor from `first` on.
pub fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: the caller has no owner of these left that would close them again.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) }).map(drop)
}

/// Makes `number` another name of `open`, which a program that is executed inherits.
pub fn duplicate_to(open: BorrowedFd<'_>, number: i32) -> io::Result<()> {
    // SAFETY: `open` is open; what `number` was is closed by the kernel.
    check_int(unsafe { libc::dup2(open.as_raw_fd(), number) }).map(drop)
}

/// A descriptor that becomes readable when the process ends.
pub fn process_descriptor(process: libc::pid_t) -> io::Result<OwnedFd> {
    // SAFETY: takes numbers alone.
    descriptor(unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) })
}

/// Ends a process at once. One that is gone already is what was wanted.
pub fn kill(process: libc::pid_t) {
    // SAFETY: takes numbers alone; the process is a child that has not been waited for, so the number is still its own.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

/// Opens a plain file below `folder` for reading, on no way out of it and through no symbolic link.
pub fn open_beneath(folder: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    let path = c_path(path)?;
    // SAFETY: all zeros are a valid value of this structure of numbers.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY) as u64;
    how.resolve =
        libc::RESOLVE_BENEATH | libc::RESOLVE_NO_SYMLINKS | libc::RESOLVE_NO_MAGICLINKS | libc::RESOLVE_NO_XDEV;
    // SAFETY: the path and the structure outlive the call, and the size is the structure's.
    descriptor(unsafe {
        libc::syscall(libc::SYS_openat2, folder.as_raw_fd(), path.as_ptr(), &raw const how, size_of::<libc::open_how>())
    })
}

/// What a process, and those that it waited for, have used.
pub struct Usage {
    /// All processes together.
    pub cpu: std::time::Duration,
    /// Bytes of the largest.
    pub memory: u64,
}

/// Waits for the end of a child.
pub fn wait(process: libc::pid_t) -> io::Result<Usage> {
    // SAFETY: all zeros are a valid value of this structure of numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: the place outlives the call.
        match check_int(unsafe { libc::wait4(process, std::ptr::null_mut(), 0, &raw mut usage) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    let duration = |time: libc::timeval| {
        std::time::Duration::new(time.tv_sec.unsigned_abs(), (time.tv_usec.unsigned_abs() as u32) * 1000)
    };
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(Usage { cpu, memory: usage.ru_maxrss.unsigned_abs() << 10 })
}

/// What this machine is called, or the sandbox.
pub fn host_name() -> String {
    let mut name = [0u8; 256];
    // SAFETY: the place is as long as it says, and outlives the call; the last byte stays zero.
    unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
    String::from_utf8_lossy(&name[..length]).into_owned()
}
