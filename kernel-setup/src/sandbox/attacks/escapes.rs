//! Getting at what is outside.

#![allow(unsafe_code, reason = "system calls that must fail")]

use super::{PROGRAM, WORK, expect};
use crate::sandbox::system::{check, check_int, host_name};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process;
use std::time::Duration;

/// Only in a user namespace does an account of the sandbox's own have this number.
pub fn users(_: &[String]) -> Result<(), String> {
    // SAFETY: takes nothing.
    let user = unsafe { libc::getuid() };
    expect(user == 1000, || format!("it runs as user {user} of the machine"))
}

pub fn rights(_: &[String]) -> Result<(), String> {
    // SAFETY: takes nothing.
    expect(unsafe { libc::geteuid() } != 0, || "it runs as root".to_owned())?;
    // SAFETY: takes numbers alone.
    let root = check(unsafe { libc::syscall(libc::SYS_setresuid, 0, 0, 0) });
    expect(root.is_err(), || "it could become root".to_owned())?;
    let head: [u32; 2] = [0x2008_0522, 0];
    let mut sets = [u32::MAX; 6];
    // SAFETY: both places are as long as this version has them, and outlive the call.
    let read = check(unsafe { libc::syscall(libc::SYS_capget, head.as_ptr(), sets.as_mut_ptr()) });
    expect(read.is_ok() && sets == [0; 6], || format!("it has capabilities: {sets:x?}"))?;
    for capability in 0..64 {
        // SAFETY: takes numbers alone.
        let bounding = unsafe { libc::prctl(libc::PR_CAPBSET_READ, capability as libc::c_ulong, 0, 0, 0) };
        expect(bounding != 1, || format!("programs could bring it the capability {capability}"))?;
    }
    // SAFETY: takes numbers alone.
    let locked = unsafe { libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) };
    expect(locked == 1, || "programs could bring it new rights".to_owned())
}

/// The words are paths of the machine.
pub fn files(paths: &[String]) -> Result<(), String> {
    let known = ["/etc/passwd", "/etc/hostname", "/proc/1", "/sys/kernel", "/home", "/var", "/dev/mem", "/dev/tty"];
    for path in paths.iter().map(String::as_str).chain(known) {
        match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => return Err(format!("{path} is there ({other:?})")),
        }
    }
    Ok(())
}

pub fn writing(_: &[String]) -> Result<(), String> {
    // Not for want of rights, which it could get, or have by chance.
    let is_read_only =
        |result: io::Result<()>| result.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem);
    for path in ["/new", "/dev/new"] {
        expect(is_read_only(File::create(path).map(drop)), || format!("{path} might be created"))?;
    }
    for path in [PROGRAM, "/dev/null"] {
        let changed = fs::set_permissions(path, Permissions::from_mode(0o777));
        expect(is_read_only(changed), || format!("{path} might be changed"))?;
    }
    let own = OpenOptions::new().append(true).open(PROGRAM);
    expect(own.is_err(), || "it could write to its own program".to_owned())?;
    // And nothing that it writes can be executed.
    let copy = Path::new(WORK).join("copy");
    let copied = fs::write(&copy, "#!/attack nothing\n")
        .and_then(|()| fs::set_permissions(&copy, Permissions::from_mode(0o755)));
    expect(copied.is_ok(), || format!("{WORK} cannot be written to: {copied:?}"))?;
    let executed = process::Command::new(&copy).spawn();
    expect(executed.is_err(), || "it could execute what it wrote".to_owned())
}

/// What only Landlock forbids: the root is readable, but no path that was given.
pub fn listing(_: &[String]) -> Result<(), String> {
    match fs::read_dir("/") {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        other => Err(format!("it could look at the root: {:?}", other.map(Iterator::count))),
    }
}

/// What was left open would lead out past every mount.
pub fn descriptors(_: &[String]) -> Result<(), String> {
    for number in 3..1024 {
        // SAFETY: takes numbers alone.
        let flags = check_int(unsafe { libc::fcntl(number, libc::F_GETFD) });
        expect(flags.is_err(), || format!("descriptor {number} was left open"))?;
    }
    for number in 0..3 {
        // SAFETY: all zeros are a valid value of this structure of numbers; the place outlives the call.
        let is_folder = unsafe {
            let mut status: libc::stat = std::mem::zeroed();
            libc::fstat(number, &raw mut status);
            status.st_mode & libc::S_IFMT == libc::S_IFDIR || status.st_mode & libc::S_IFMT == libc::S_IFSOCK
        };
        expect(!is_folder, || format!("descriptor {number} is a folder or a socket"))?;
    }
    Ok(())
}

/// The word is the number of a process outside.
pub fn processes(words: &[String]) -> Result<(), String> {
    let outside: i32 = words.first().and_then(|word| word.parse().ok()).unwrap_or_default();
    // SAFETY: takes numbers alone; no signal is sent.
    let seen = check_int(unsafe { libc::kill(outside, 0) });
    let is_unseen = seen.as_ref().err().and_then(io::Error::raw_os_error) == Some(libc::ESRCH);
    expect(is_unseen, || format!("it could see process {outside} outside ({seen:?})"))?;
    let parent = std::os::unix::process::parent_id();
    expect(parent == 1, || format!("its parent is process {parent}"))?;
    // The first process cannot be ended from inside.
    // SAFETY: takes numbers alone.
    unsafe { libc::kill(1, libc::SIGKILL) };
    expect(std::os::unix::process::parent_id() == 1, || "it could end the first process".to_owned())
}

/// The words are a port of this machine that somebody listens at, and an abstract Unix address.
pub fn network(words: &[String]) -> Result<(), String> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};
    let [port, name] = words else { return Err("it was not told what to try".to_owned()) };
    let stream = TcpStream::connect(format!("127.0.0.1:{port}"));
    expect(stream.is_err(), || "it could connect to this machine".to_owned())?;
    let stream = TcpStream::connect_timeout(&([192, 0, 2, 1], 80).into(), Duration::from_millis(100));
    let is_cut_off = stream.as_ref().is_err_and(|error| error.kind() != ErrorKind::TimedOut);
    expect(is_cut_off, || format!("it could try to reach another machine ({stream:?})"))?;
    let stream = SocketAddr::from_abstract_name(name).and_then(|address| UnixStream::connect_addr(&address));
    expect(stream.is_err(), || "it could connect to an abstract Unix socket outside".to_owned())
}

/// The word is the name of this machine.
pub fn name(words: &[String]) -> Result<(), String> {
    let own = host_name();
    expect(words.first().is_none_or(|outside| *outside != own), || format!("it is told this machine's name, {own}"))
}

pub fn calls(_: &[String]) -> Result<(), String> {
    let none: libc::c_long = 0;
    let calls = [
        ("ptrace", libc::SYS_ptrace),
        ("process_vm_readv", libc::SYS_process_vm_readv),
        ("unshare", libc::SYS_unshare),
        ("setns", libc::SYS_setns),
        ("mount", libc::SYS_mount),
        ("open_tree", libc::SYS_open_tree),
        ("bpf", libc::SYS_bpf),
        ("perf_event_open", libc::SYS_perf_event_open),
        ("userfaultfd", libc::SYS_userfaultfd),
        ("io_uring_setup", libc::SYS_io_uring_setup),
        ("keyctl", libc::SYS_keyctl),
        ("add_key", libc::SYS_add_key),
        ("open_by_handle_at", libc::SYS_open_by_handle_at),
        ("pidfd_getfd", libc::SYS_pidfd_getfd),
        ("personality", libc::SYS_personality),
        ("socket", libc::SYS_socket),
    ];
    for (name, number) in calls {
        // SAFETY: with zeros alone, each of them does nothing that matters to this process, if it is let through.
        let returned = check(unsafe { libc::syscall(number, none, none, none, none, none, none) });
        let is_denied = returned.as_ref().err().and_then(io::Error::raw_os_error) == Some(libc::EPERM);
        expect(is_denied, || format!("it could call {name} ({returned:?})"))?;
    }
    nesting(&[])
}

/// A namespace of users would bring rights, if only in there.
pub fn nesting(_: &[String]) -> Result<(), String> {
    let (flags, none): (_, libc::c_long) = (libc::CLONE_NEWUSER | libc::SIGCHLD, 0);
    // SAFETY: should it get through, the child ends at once.
    let child = unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, none) };
    if child == 0 {
        process::exit(0);
    }
    expect(child < 0, || "it could create a user namespace".to_owned())
}
