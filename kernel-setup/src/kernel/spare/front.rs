//! The process that Jupyter has started, in front of a spare that serves in its place: it passes on what concerns a process.

use super::place::{self, Socket};
use super::waiting::{Handover, READY};
use crate::runtime::notebook::Notebook;
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// To the spare: this process still waits for it, and has not begun to serve in its place.
pub const GO: u8 = b'g';
/// To the spare: interrupt the cell that runs.
pub const INTERRUPT: u8 = b'i';
/// To the spare: end.
pub const TERMINATE: u8 = b't';
/// From the spare: behind this comes the status to exit with. What comes before it is for standard error.
pub const STATUS: u8 = 0;

/// How long a spare may take to say that it serves.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look whether the program that started this one is still there.
const PARENT_CHECK: Duration = Duration::from_secs(1);

/// Has a spare of this kind serve the notebook that connects through this file; `None` if there is no spare.
pub fn serve(connection_file: &Path, kind: &str) -> Option<ExitCode> {
    let socket = Socket::of(&place::folder().ok()?, kind).ok()?;
    let mut control = UnixStream::connect(socket.path()).ok()?;
    let connection_file = std::path::absolute(connection_file).ok()?;
    let notebook = Notebook::of_this_process().ok()?;
    Handover::Serve { connection_file, notebook }.send(&mut control).ok()?;
    let mut answer = [0];
    control.set_read_timeout(Some(PATIENCE)).ok()?;
    control.read_exact(&mut answer).ok().filter(|()| answer == [READY])?;
    control.write_all(&[GO]).ok()?;
    // Whatever happens from now on, the notebook is the spare's. If it is lost, so is the kernel.
    Some(relay(&mut control).unwrap_or(ExitCode::FAILURE))
}

fn relay(control: &mut UnixStream) -> io::Result<ExitCode> {
    let parent = rustix::process::getppid();
    let interrupts = signals(SIGINT)?;
    let terminations = signals(SIGTERM)?;
    let timeout = PARENT_CHECK.try_into().map_err(io::Error::other)?;
    let mut buffer = [0; 4096];
    // From the byte STATUS on.
    let mut last: Vec<u8> = Vec::new();
    loop {
        let mut waits = [&*control, &interrupts, &terminations]
            .map(|stream| PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::IN));
        match poll(&mut waits, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [has_said, is_interrupted, is_terminated] = waits.map(|wait| !wait.revents().is_empty());
        for (came, signals, order) in
            [(is_interrupted, &interrupts, INTERRUPT), (is_terminated, &terminations, TERMINATE)]
        {
            if came && (&*signals).read(&mut buffer)? > 0 {
                control.write_all(&[order])?;
            }
        }
        if rustix::process::getppid() != parent {
            // Ending this process would do as well, but nobody would wait for the spare.
            control.write_all(&[TERMINATE])?;
        }
        if has_said {
            let count = control.read(&mut buffer)?;
            if count == 0 {
                return Ok(last.get(1).map_or(ExitCode::FAILURE, |&status| ExitCode::from(status)));
            }
            let said = &buffer[..count];
            let end = if last.is_empty() { said.iter().position(|&byte| byte == STATUS).unwrap_or(count) } else { 0 };
            // Whoever does not listen any more does not want to know.
            let _ = io::stderr().write_all(&said[..end]);
            last.extend_from_slice(&said[end..]);
        }
    }
}

/// Readable when this signal has come.
fn signals(signal: i32) -> io::Result<UnixStream> {
    let (receiver, sender) = UnixStream::pair()?;
    signal_hook::low_level::pipe::register(signal, sender)?;
    Ok(receiver)
}
