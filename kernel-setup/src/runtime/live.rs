//! The process that runs cells, and the checkpoint that it leaves behind before each.
//!
//! Before a cell runs, the process forks. The child, a copy of everything as it was, sleeps: it is the checkpoint. The
//! parent runs the cell. If the cell ends well, the checkpoint is ended and forgotten; if not, the supervisor ends the
//! parent and wakes the checkpoint, which goes on as if the cell had never run. Memory is shared until somebody writes
//! to it, so a checkpoint costs little.
//!
//! The two talk with the supervisor on descriptors of their own: nothing that a cell prints is taken for a message.

#![allow(unsafe_code, reason = "fork, and calling what evcxr has compiled")]

use super::notebook::Notebook;
use super::protocol::{Event, Order, variable};
use crate::compiler::canonical::CANONICAL_FUNCTION;
#[cfg(target_os = "linux")]
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions, getpid, getppid, kill_process, setpgid, waitpid};
use std::ffi::c_void;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::{env, fs, process};

/// What a compiled cell exports: takes the variables, and gives them back.
type CellFunction = extern "C" fn(*mut c_void) -> *mut c_void;

/// A live process that has lost its supervisor, or cannot understand it.
const LOST: i32 = 99;

#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "some of it is for checkpoints"))]
struct Live {
    control: UnixStream,
    /// A byte here wakes the checkpoint.
    wake: PipeReader,
    /// Where standard output and standard error lead, whatever a cell does to the descriptors 1 and 2.
    outputs: [OwnedFd; 2],
    supervisor: Pid,
    own: Pid,
    /// Of the cell that was run last, until it is known how it ended.
    checkpoint: Option<Pid>,
    /// How ready the system was to end this process for memory, before any cell ran.
    memory_score: String,
    /// Owned by the cells' code.
    variables: *mut c_void,
}

/// Runs cells until the supervisor is gone; does not return.
pub fn run() -> ! {
    let code = match Live::start().and_then(|mut live| live.serve()) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("nnkernel: the process that runs cells lost its supervisor: {error}");
            LOST
        }
    };
    process::exit(code)
}

impl Live {
    fn start() -> io::Result<Self> {
        let inherited = |name| {
            let number = env::var(name).ok().and_then(|number| number.parse::<RawFd>().ok());
            let number = number.ok_or_else(|| io::Error::other(format!("{name} is not set")))?;
            // SAFETY: the supervisor has opened this descriptor for this process, which takes it over here, once.
            let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
            rustix::io::fcntl_setfd(&descriptor, rustix::io::FdFlags::CLOEXEC)?;
            Ok::<_, io::Error>(descriptor)
        };
        let control = UnixStream::from(inherited(variable::CONTROL)?);
        let wake = PipeReader::from(inherited(variable::WAKE)?);
        for name in [variable::CONTROL, variable::WAKE, super::variable::IS_RUNTIME] {
            // SAFETY: there is only this thread yet.
            unsafe { env::remove_var(name) };
        }
        let duplicate = |descriptor| rustix::io::fcntl_dupfd_cloexec(descriptor, 3);
        let outputs = [duplicate(rustix::stdio::stdout())?, duplicate(rustix::stdio::stderr())?];
        let supervisor = getppid().ok_or_else(|| io::Error::other("there is no supervisor"))?;
        #[cfg(target_os = "linux")]
        let memory_score = fs::read_to_string(MEMORY_SCORE).unwrap_or_default();
        #[cfg(not(target_os = "linux"))]
        let memory_score = String::new();
        let mut live = Live {
            control,
            wake,
            outputs,
            supervisor,
            own: getpid(),
            checkpoint: None,
            memory_score,
            variables: std::ptr::null_mut(),
        };
        live.settle();
        Ok(live)
    }

    /// Makes this process the live one: in a group of its own, and ended with its supervisor.
    fn settle(&mut self) {
        self.own = getpid();
        let _ = setpgid(None, None);
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
        if getppid() != Some(self.supervisor) {
            process::exit(LOST);
        }
        prefer_for_memory_kill("1000");
        #[cfg(target_os = "linux")]
        super::memory::limit();
    }

    fn serve(&mut self) -> io::Result<()> {
        while let Some(order) = self.receive()? {
            match order {
                Order::Run { function, library } => {
                    // A checkpoint that was woken has this order behind it, failed: on to the next.
                    if self.leave_checkpoint()? == Forked::Live {
                        self.run_cell(&function, &library)?;
                    }
                }
                Order::Commit => self.end_checkpoint(),
                Order::Enter(file) => enter(Path::new(&file)),
            }
        }
        Ok(())
    }

    /// The next order; `None` when the supervisor has hung up. Reads no byte beyond it, lest a checkpoint miss it.
    fn receive(&mut self) -> io::Result<Option<Order>> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match self.control.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) if byte == *b"\n" => break,
                Ok(_) => line.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let line = String::from_utf8_lossy(&line);
        Order::parse(&line).map(Some).ok_or_else(|| io::Error::other(format!("an unknown order: {line}")))
    }

    fn send(&mut self, event: Event) -> io::Result<()> {
        self.control.write_all(format!("{event}\n").as_bytes())
    }

    /// Forks; returns in the live process at once, and in the checkpoint when it has taken over.
    fn leave_checkpoint(&mut self) -> io::Result<Forked> {
        #[cfg(target_os = "linux")]
        // SAFETY: until it is woken, the child makes system calls only. Then it goes on from the state that this thread
        // was in, the only one of ours; threads that cells have started are not in it.
        match unsafe { libc::fork() } {
            0 => {
                self.sleep_until_woken();
                self.checkpoint = None;
                self.settle();
                self.send(Event::TookOver)?;
                return Ok(Forked::TookOver);
            }
            // Out of processes or memory: the cell runs without a way back.
            -1 => {}
            child => {
                self.checkpoint = Pid::from_raw(child);
                // The child does this too; whoever comes first. The cell's own group is ended with the cell.
                let _ = setpgid(self.checkpoint, self.checkpoint);
                self.send(Event::Checkpoint(child))?;
                return Ok(Forked::Live);
            }
        }
        self.send(Event::NoCheckpoint)?;
        Ok(Forked::Live)
    }

    /// In the checkpoint: returns when it is to take over, and ends the process when nobody will ever ask for that.
    #[cfg(target_os = "linux")]
    fn sleep_until_woken(&self) {
        let _ = setpgid(None, None);
        prefer_for_memory_kill(&self.memory_score);
        loop {
            let mut waits = [PollFd::new(&self.wake, PollFlags::IN), PollFd::new(&self.control, PollFlags::empty())];
            let answered = poll(&mut waits, None).is_ok();
            let is_woken = answered && waits[0].revents().contains(PollFlags::IN);
            if is_woken && rustix::io::read(&self.wake, &mut [0; 1]) == Ok(1) {
                return;
            }
            if answered && waits.iter().any(|wait| wait.revents().intersects(PollFlags::HUP | PollFlags::ERR)) {
                // SAFETY: no destructor is wanted: this process has nothing of its own.
                unsafe { libc::_exit(0) }
            }
        }
    }

    fn end_checkpoint(&mut self) {
        if let Some(checkpoint) = self.checkpoint.take() {
            let _ = kill_process(checkpoint, Signal::KILL);
            let _ = waitpid(Some(checkpoint), WaitOptions::empty());
        }
    }

    fn run_cell(&mut self, function: &str, library: &str) -> io::Result<()> {
        // An earlier cell may have closed or redirected them.
        let [stdout, stderr] = &self.outputs;
        rustix::stdio::dup2_stdout(stdout)?;
        rustix::stdio::dup2_stderr(stderr)?;
        // SAFETY: evcxr has compiled the library from this notebook's cells and says that it has this function; the
        // pointer is null at first, and then what the last such function returned.
        let called = unsafe {
            libloading::Library::new(library).and_then(|library| {
                let function = library
                    .get::<CellFunction>(function.as_bytes())
                    .or_else(|_| library.get::<CellFunction>(CANONICAL_FUNCTION.as_bytes()))
                    .map(|symbol| *symbol)?;
                // Never unloaded: variables and threads live on its code.
                std::mem::forget(library);
                Ok(function(self.variables))
            })
        };
        if getpid() != self.own {
            // A copy of this process that the cell has made, and that has come to the end of the cell's code.
            // SAFETY: what it shares with the original is left alone.
            unsafe { libc::_exit(0) }
        }
        match called {
            Ok(variables) => self.variables = variables,
            Err(error) => {
                eprintln!("nnkernel: the compiled cell could not be loaded: {error}");
                process::exit(LOST)
            }
        }
        self.send(Event::Finished)
    }
}

/// Goes where the notebook in this file has its cells run.
fn enter(file: &Path) {
    let notebook = fs::read(file).ok().and_then(|bytes| Notebook::parse(&bytes));
    // SAFETY: no cell of a notebook has run yet, which could have started a thread.
    let entered = notebook.map(|notebook| unsafe { notebook.enter() });
    match entered {
        Some(Ok(())) => {}
        Some(Err(error)) => eprintln!("nnkernel: cells cannot run in the notebook's folder: {error}"),
        None => eprintln!("nnkernel: {}: expected where the notebook's cells run", file.display()),
    }
}

/// Which of the two processes after a fork this is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Forked {
    Live,
    #[cfg(target_os = "linux")]
    TookOver,
}

/// How soon the system ends this process when it runs out of memory.
#[cfg(target_os = "linux")]
const MEMORY_SCORE: &str = "/proc/self/oom_score_adj";

/// Where the system can be told, lets it end a cell before anything else; the checkpoint has the score of before.
fn prefer_for_memory_kill(score: &str) {
    #[cfg(target_os = "linux")]
    let _ = fs::write(MEMORY_SCORE, score);
    #[cfg(not(target_os = "linux"))]
    let _ = score;
}
