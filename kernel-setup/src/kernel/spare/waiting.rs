//! A spare, from its start to the moment it serves.

use super::front::{GO, INTERRUPT, STATUS, TERMINATE};
use super::place::{self, Lock, Socket, Users};
use crate::cells::Worker;
use crate::cli;
use crate::kernel::server::{self, Prepared, Service, Starter};
use crate::processes;
use crate::runtime::memory;
use crate::runtime::notebook::Notebook;
use crate::session::{Server, SessionFolder};
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// What a spare says that can take a notebook over.
pub const READY: u8 = b'r';

/// No spare is kept where less memory than this is free.
const LEAST_FREE: u64 = 4 << 30;
/// What a spare takes at most.
const NEEDED: u64 = 900 << 20;
/// How long a spare stays when there are no kernels.
const UNUSED: Duration = Duration::from_secs(30);
/// How often to look whether a spare is to stay.
const CHECK: Duration = Duration::from_secs(5);
/// How long a spare of another kind may take to go.
const RETIREMENT: Duration = Duration::from_secs(5);
/// How long somebody who has connected may take to say what for.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is said is shorter than this.
const LONGEST: u32 = 16 << 20;

/// What a spare is told by whoever connects.
#[derive(Debug, PartialEq, Eq)]
pub enum Handover {
    /// To serve.
    Serve {
        /// Through which Jupyter connects.
        connection_file: PathBuf,
        /// For which notebook.
        notebook: Notebook,
    },
    /// To make room for a spare of another kind.
    Retire,
}

impl Handover {
    /// Says it: its length in four bytes, the lowest first, and the text.
    pub fn send(&self, stream: &mut impl Write) -> io::Result<()> {
        let text = match self {
            Handover::Serve { connection_file, notebook } => {
                [connection_file.as_os_str().as_bytes(), &[0], &notebook.to_bytes()].concat()
            }
            Handover::Retire => Vec::new(),
        };
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_le_bytes(), &text[..]].concat())
    }

    fn receive(stream: &mut impl Read) -> io::Result<Self> {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length == 0 {
            return Ok(Handover::Retire);
        }
        let mut text = Vec::new();
        stream.take(length.min(LONGEST).into()).read_to_end(&mut text)?;
        let parsed = text.iter().position(|&byte| byte == 0).and_then(|end| {
            let connection_file = PathBuf::from(OsString::from_vec(text[..end].to_vec()));
            Some(Handover::Serve { connection_file, notebook: Notebook::parse(&text[end + 1..])? })
        });
        parsed.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Starts an interpreter, waits until somebody needs it, and serves; or ends when nobody will.
pub fn wait(options: &cli::Spare) -> Result<ExitCode> {
    let folder = place::folder()?;
    let Some(lock) = take_place(&folder, &options.kind)? else { return Ok(ExitCode::SUCCESS) };
    if memory::free().is_none_or(|free| free < LEAST_FREE + NEEDED) {
        return Ok(ExitCode::SUCCESS);
    }
    let session = SessionFolder::prepare(&options.withhold, Server::Ours, &|| {})?;
    let worker = Worker::start(&session.folder, &folder)?;
    // Answered when it has nothing else to do.
    worker.complete(String::new(), 0);
    let prepared = Prepared { session, worker };

    let socket = Socket::of(&folder, &options.kind)?;
    // Of one that was killed.
    socket.remove();
    let listener = UnixListener::bind(socket.path()).context("cannot listen where spares are looked for")?;
    let asked = listen(&listener, &folder, &prepared.worker);
    socket.remove();
    drop((listener, lock));
    match asked? {
        Some((control, connection_file, notebook)) => serve(options, prepared, control, &connection_file, notebook),
        None => {
            prepared.worker.abandon();
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Takes the place of a spare of another kind. `None` if there is one of this kind, or it does not go.
fn take_place(folder: &Path, kind: &str) -> Result<Option<Lock>> {
    let started = Instant::now();
    let mut is_asked = false;
    loop {
        let other = match Lock::take(folder, kind)? {
            Ok(lock) => return Ok(Some(lock)),
            Err(other) => other,
        };
        if other == kind || started.elapsed() > RETIREMENT {
            return Ok(None);
        }
        if !is_asked && let Ok(mut stream) = UnixStream::connect(Socket::of(folder, &other)?.path()) {
            is_asked = Handover::Retire.send(&mut stream).is_ok();
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Waits for a notebook to serve; `None` if this spare is not to stay.
fn listen(listener: &UnixListener, folder: &Path, worker: &Worker) -> Result<Option<(UnixStream, PathBuf, Notebook)>> {
    let timeout = CHECK.try_into()?;
    let mut unused: Option<Instant> = None;
    loop {
        let mut waits = [PollFd::new(listener, PollFlags::IN)];
        let has_come = matches!(poll(&mut waits, Some(&timeout)), Ok(1..));
        if !worker.is_alive() {
            return Ok(None);
        }
        if has_come {
            let (mut stream, _) = listener.accept()?;
            stream.set_read_timeout(Some(PATIENCE))?;
            match Handover::receive(&mut stream) {
                Ok(Handover::Serve { connection_file, notebook }) if is_awaited(&mut stream) => {
                    stream.set_read_timeout(None)?;
                    return Ok(Some((stream, connection_file, notebook)));
                }
                Ok(Handover::Retire) => return Ok(None),
                // Whoever that was, they have gone, or do not know what to say.
                Ok(Handover::Serve { .. }) | Err(_) => continue,
            }
        }
        unused = Users::are_gone(folder)?.then(|| unused.unwrap_or_else(Instant::now));
        let is_needed = unused.is_none_or(|since| since.elapsed() < UNUSED);
        if !is_needed || memory::free().is_none_or(|free| free < LEAST_FREE) {
            return Ok(None);
        }
    }
}

/// Says that this spare is ready; whether the other side has not given up waiting for that.
fn is_awaited(stream: &mut UnixStream) -> bool {
    let mut answer = [0];
    stream.write_all(&[READY]).and_then(|()| stream.read_exact(&mut answer)).is_ok_and(|()| answer == [GO])
}

fn serve(
    options: &cli::Spare,
    prepared: Prepared,
    mut control: UnixStream,
    connection_file: &Path,
    notebook: Notebook,
) -> Result<ExitCode> {
    // What this process says from now on is for those who listen to its front.
    rustix::stdio::dup2_stdout(&control)?;
    rustix::stdio::dup2_stderr(&control)?;
    let served = prepared.session.folder.enter_notebook(&notebook).and_then(|()| {
        server::serve_notebook(Service {
            connection_file,
            workdir: notebook.folder,
            withheld: options.withhold.clone(),
            prepared: Some(prepared),
            starter: Starter::Front(control.try_clone()?),
        })
    });
    let status = match served {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("nnkernel: {error:#}");
            crate::UNUSABLE
        }
    };
    processes::end_descendants(None);
    let _ = control.write_all(&[STATUS, status]);
    Ok(ExitCode::SUCCESS)
}

/// Acts upon what the front passes on, until it is gone.
pub fn obey(mut control: UnixStream, interrupt: impl Fn(), end: impl Fn()) {
    let mut order = [0];
    while control.read_exact(&mut order).is_ok() {
        match order[0] {
            INTERRUPT => interrupt(),
            TERMINATE => end(),
            _ => {}
        }
    }
    end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let connection_file = PathBuf::from("/run/a b.json");
        let notebook = Notebook::parse(b"/home/a\0NNLIB_DATA=/data\0").unwrap();
        for handover in [Handover::Serve { connection_file, notebook }, Handover::Retire] {
            let mut said = Vec::new();
            handover.send(&mut said).unwrap();
            assert_eq!(Handover::receive(&mut &said[..]).unwrap(), handover);
        }
        for other in [&b""[..], b"\x01\0\0\0x", b"\x05\0\0\0a\0b", b"\xff\xff\xff\xff"] {
            assert!(Handover::receive(&mut &other[..]).is_err(), "{other:?}");
        }
    }
}
