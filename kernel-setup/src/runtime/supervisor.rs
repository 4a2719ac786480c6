//! The supervisor: evcxr's idea of a runtime. It runs no code of a cell; its child, the [live process](super::live), does.
//!
//! It carries evcxr's orders to the live process and the cells' output back, and knows how each cell ended. A cell that
//! fails in any way, by a panic, an error from `?`, a crash, an exit or an interrupt, is undone: the live process is
//! ended, the checkpoint that it left before the cell takes its place, and evcxr is told to forget the cell too. A cell
//! that can be [asked to stop](super::stop) is asked first when it is interrupted.
//!
//! When the first cell of a session has been compiled, the supervisor puts the template's `Cargo.lock` in place. evcxr
//! begins with a cell that has no dependencies, for which cargo empties the lock file; without this, each session would
//! resolve the dependencies of nnlib again, over the network, and might find other versions than the template was built
//! with.

use super::ending::Ending;
use super::markers::VARIABLE_CHANGED_TYPE;
use super::output::{self, EXECUTION_COMPLETE, Output};
use super::protocol::{self, Event, Order};
use super::stop::{self, Stop};
use super::{Held, variable};
use crate::{compiler, processes};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};
use std::io::{self, ErrorKind, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process};

/// The exit status for a fault of our own.
const FAULT: i32 = 99;
/// How long a checkpoint may take to wake up.
const WAKE_UP: Duration = Duration::from_secs(30);

/// Serves until evcxr hangs up or the live process is lost; does not return.
pub fn run() -> ! {
    // A group of its own: an interrupt at a terminal is for whoever shows the notebook to act upon.
    let _ = rustix::process::setpgid(None, None);
    // Checkpoints become children of this process when the live one that they are copies of has ended.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    let code = match Supervisor::start().and_then(|mut supervisor| supervisor.serve()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nnkernel: the process that runs cells could not be served: {error}");
            FAULT
        }
    };
    process::exit(code)
}

struct Supervisor {
    live: Pid,
    /// Becomes readable when the live process ends, where the system has such a thing.
    live_end: Option<OwnedFd>,
    control: UnixStream,
    /// Of the control socket, what is beyond its last whole line.
    events: Vec<u8>,
    wake: PipeWriter,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    /// Of evcxr's orders, what is beyond their last whole line.
    orders: Vec<u8>,
    lockfile: Option<(PathBuf, PathBuf)>,
    /// Where what to do with the next cell stands, if it is not to be run.
    held_file: Option<PathBuf>,
    nonce_file: Option<PathBuf>,
    /// Where it will stand for which notebook cells run, until the live process knows.
    notebook_file: Option<PathBuf>,
    output: Output,
    stop: Stop,
    /// An interrupt came.
    interrupts: UnixStream,
    cell: Cell,
    /// How many processes had been ended for want of memory when the cell began.
    #[cfg(target_os = "linux")]
    memory_kills: Option<u64>,
}

/// Whether a cell runs, and what it can be taken back to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    None,
    /// Ordered to run; it is not known yet what it could be taken back to.
    Starting {
        is_interrupted: bool,
    },
    Running {
        checkpoint: Option<Pid>,
    },
    /// One of ours, which nobody is told of.
    Hidden,
}

impl Supervisor {
    fn start() -> io::Result<Self> {
        let (control, live_control) = UnixStream::pair()?;
        let (live_wake, wake) = io::pipe()?;
        let mut command = Command::new(env::current_exe()?);
        for name in variable::ALL {
            command.env_remove(name);
        }
        compiler::tools::leave(&mut command);
        if let Some(folder) = env::var_os(variable::STOP_FOLDER) {
            command.env(stop::VARIABLE, folder);
        }
        if let Some(folder) = env::var_os(variable::WORKDIR) {
            command.current_dir(folder);
        }
        // Only this thread starts processes: nobody else inherits these.
        for (name, descriptor) in
            [(protocol::variable::CONTROL, live_control.as_fd()), (protocol::variable::WAKE, live_wake.as_fd())]
        {
            rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::empty())?;
            command.env(name, descriptor.as_raw_fd().to_string());
        }
        let mut child = command
            .args(env::args_os().skip(1))
            // A backtrace shows frames of evcxr and std, none of the cell: cells are compiled without debug information.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("a pipe is missing"));
        };
        for descriptor in [stdout.as_fd(), stderr.as_fd(), control.as_fd(), rustix::stdio::stdin()] {
            let flags = rustix::fs::fcntl_getfl(descriptor)?;
            rustix::fs::fcntl_setfl(descriptor, flags | rustix::fs::OFlags::NONBLOCK)?;
        }
        let (interrupts, interrupt_sender) = UnixStream::pair()?;
        interrupts.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(signal_hook::consts::SIGINT, interrupt_sender)?;
        let live = Pid::from_child(&child);
        Ok(Supervisor {
            live,
            live_end: end_of(live),
            control,
            events: Vec::new(),
            wake,
            stdin,
            stdout,
            stderr: Some(stderr),
            orders: Vec::new(),
            lockfile: env::var_os(variable::LOCKFILE)
                .zip(env::var_os(variable::LOCKFILE_TARGET))
                .map(|(source, target)| (source.into(), target.into())),
            held_file: env::var_os(variable::HELD_FILE).map(PathBuf::from),
            nonce_file: env::var_os(variable::NONCE_FILE).map(PathBuf::from),
            notebook_file: env::var_os(variable::NOTEBOOK_FILE).map(PathBuf::from),
            output: Output::new(),
            stop: Stop::new(),
            interrupts,
            cell: Cell::None,
            #[cfg(target_os = "linux")]
            memory_kills: None,
        })
    }

    /// Returns the status to exit with.
    fn serve(&mut self) -> io::Result<i32> {
        loop {
            let ready = self.wait()?;
            // Output first: what a cell wrote, it wrote before what is said of it.
            self.pass_output()?;
            let interrupt_came = ready.interrupted && self.take_interrupts()?;
            if interrupt_came && matches!(self.cell, Cell::Starting { .. }) {
                self.cell = Cell::Starting { is_interrupted: true };
            }
            let is_interrupted = interrupt_came && matches!(self.cell, Cell::Running { .. });
            let has_not_stopped = self.stop.time_left().is_some_and(|left| left.is_zero());
            if has_not_stopped || (is_interrupted && !self.stop.ask()) {
                self.undo(Ending::Interrupted)?;
            }
            for event in self.take_events()? {
                match event {
                    Event::Checkpoint(_) | Event::NoCheckpoint if self.cell == Cell::Hidden => {}
                    Event::Checkpoint(process) if self.cell_has_started(Pid::from_raw(process))? => break,
                    Event::NoCheckpoint if self.cell_has_started(None)? => break,
                    Event::Checkpoint(_) | Event::NoCheckpoint => {}
                    Event::Finished => self.cell_has_returned()?,
                    // Waited for where it is asked for.
                    Event::TookOver => {}
                }
            }
            if ready.ended
                && let Some(ending) = self.ending_of_live()?
            {
                self.pass_output()?;
                if !self.wake_checkpoint(ending)? {
                    self.output.lost(ending)?;
                    self.end_all();
                    return Ok(match ending {
                        Ending::Exited(code) => code,
                        Ending::Killed(signal) => 128 + signal,
                        _ => FAULT,
                    });
                }
            }
            if ready.ordered && !self.take_orders()? {
                self.end_all();
                return Ok(0);
            }
        }
    }

    /// Waits until there is something to do.
    fn wait(&self) -> io::Result<Ready> {
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let always = [self.control.as_fd(), self.interrupts.as_fd(), rustix::stdio::stdin(), self.stdout.as_fd()];
        let sometimes = [self.stderr.as_ref().map(AsFd::as_fd), self.live_end.as_ref().map(AsFd::as_fd)];
        let descriptors: Vec<BorrowedFd> = always.into_iter().chain(sometimes.into_iter().flatten()).collect();
        let mut waits: Vec<PollFd> =
            descriptors.iter().map(|descriptor| PollFd::from_borrowed_fd(*descriptor, PollFlags::IN)).collect();
        let timeout = self.stop.time_left().map(TryInto::try_into).transpose().map_err(io::Error::other)?;
        match poll(&mut waits, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |index: usize| waits[index].revents().intersects(readable);
        let ended = match self.live_end {
            Some(_) => is_ready(waits.len() - 1),
            None => waits[0].revents().contains(PollFlags::HUP),
        };
        Ok(Ready { interrupted: is_ready(1), ordered: is_ready(2), ended })
    }

    /// Passes on all that cells have written up to this moment.
    fn pass_output(&mut self) -> io::Result<()> {
        let mut buffer = [0; 64 * 1024];
        while let Some(stderr) = &mut self.stderr {
            match read_some(stderr, &mut buffer)? {
                Some(0) => self.stderr = None,
                Some(count) => self.output.stderr(&buffer[..count])?,
                None => break,
            }
        }
        while let Some(count) = read_some(&mut self.stdout, &mut buffer)?.filter(|&count| count > 0) {
            self.output.stdout(&buffer[..count])?;
        }
        Ok(())
    }

    /// What the live process has said up to this moment.
    fn take_events(&mut self) -> io::Result<Vec<Event>> {
        let mut buffer = [0; 1024];
        while let Some(count) = read_some(&mut self.control, &mut buffer)?.filter(|&count| count > 0) {
            self.events.extend_from_slice(&buffer[..count]);
        }
        Ok(whole_lines(&mut self.events).iter().filter_map(|line| Event::parse(line)).collect())
    }

    /// Whether there were any.
    fn take_interrupts(&mut self) -> io::Result<bool> {
        let mut came = false;
        while read_some(&mut self.interrupts, &mut [0; 64])?.is_some_and(|count| count > 0) {
            came = true;
        }
        Ok(came)
    }

    /// Acts on what evcxr has said up to this moment; false when it has hung up.
    fn take_orders(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        loop {
            match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => self.orders.extend_from_slice(&buffer[..count]),
                Err(rustix::io::Errno::AGAIN) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for line in whole_lines(&mut self.orders) {
            if let Some((source, target)) = self.lockfile.take() {
                // Renamed, so that it happens once a session, however often the supervisor is restarted: a later one would
                // undo what the student's own `:dep` lines have locked.
                let _ = fs::rename(source, target);
            }
            match Order::from_evcxr(&line) {
                Some(order) => self.run(&order)?,
                // The answer to a question that the cell has asked. If the cell is gone by now, so is its question.
                None => {
                    let _ = writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush());
                }
            }
        }
        Ok(true)
    }

    fn run(&mut self, order: &Order) -> io::Result<()> {
        self.output.begin(self.nonce_file.as_deref());
        #[cfg(target_os = "linux")]
        {
            self.memory_kills = super::memory::kills();
        }
        // Whoever has written the file has written it for this cell.
        let held = self.held_file.as_ref().and_then(|path| {
            let text = fs::read_to_string(path).ok()?;
            fs::remove_file(path).ok()?;
            Held::parse(&text)
        });
        match held {
            None => {
                // A loop that an earlier cell began and kept is not this cell's.
                self.stop.forget_listeners();
                if let Some(file) = self.notebook_file.take_if(|file| file.is_file()) {
                    self.send(&Order::Enter(file.to_string_lossy().into_owned()))?;
                }
                if self.cell != Cell::Hidden {
                    self.cell = Cell::Starting { is_interrupted: false };
                }
                self.send(order)
            }
            Some(Held::Refuse) => {
                self.cell = Cell::None;
                output::refuse()
            }
            Some(Held::Interrupt) => {
                self.cell = Cell::None;
                self.output.undo(Ending::Interrupted)
            }
            Some(Held::Forget(names)) => {
                self.cell = Cell::Hidden;
                let mut out = io::stdout();
                for name in names {
                    writeln!(out, "{VARIABLE_CHANGED_TYPE}{name}")?;
                }
                writeln!(out, "{EXECUTION_COMPLETE}")?;
                out.flush()
            }
        }
    }

    fn send(&mut self, order: &Order) -> io::Result<()> {
        // Nonblocking, but an order is far shorter than what the socket holds.
        self.control.write_all(format!("{order}\n").as_bytes())
    }

    /// The cell runs now; whether it was undone at once, because its interrupt has come before.
    fn cell_has_started(&mut self, checkpoint: Option<Pid>) -> io::Result<bool> {
        let is_interrupted = self.cell == Cell::Starting { is_interrupted: true };
        self.cell = Cell::Running { checkpoint };
        let is_undone = is_interrupted && !self.stop.ask();
        if is_undone {
            self.undo(Ending::Interrupted)?;
        }
        Ok(is_undone)
    }

    fn cell_has_returned(&mut self) -> io::Result<()> {
        self.pass_output()?;
        match (self.output.ending(), self.cell) {
            (ending @ (Ending::Panicked | Ending::ReturnedError), Cell::Running { checkpoint: Some(_) }) => {
                self.undo(ending)
            }
            (_, cell) => {
                self.cell = Cell::None;
                self.send(&Order::Commit)?;
                let stopped = self.stop.clear();
                match cell {
                    Cell::Hidden => output::complete(),
                    _ => self.output.complete(stopped),
                }
            }
        }
    }

    /// Ends the live process, and everything that it has started, and goes back to the checkpoint.
    fn undo(&mut self, ending: Ending) -> io::Result<()> {
        self.end_live();
        let _ = waitpid(Some(self.live), WaitOptions::empty());
        self.pass_output()?;
        if self.wake_checkpoint(ending)? {
            return Ok(());
        }
        self.output.lost(ending)?;
        self.end_all();
        process::exit(FAULT)
    }

    /// Makes the checkpoint the live process, now that the one before it has ended; false if there is none.
    fn wake_checkpoint(&mut self, ending: Ending) -> io::Result<bool> {
        let Cell::Running { checkpoint: Some(checkpoint) } = self.cell else { return Ok(false) };
        self.stop.clear();
        self.stop.forget_listeners();
        // What the cell has started and taken out of its group.
        processes::end_descendants(u32::try_from(checkpoint.as_raw_pid()).ok());
        self.wake.write_all(b"w")?;
        let deadline = Instant::now() + WAKE_UP;
        while !self.take_events()?.contains(&Event::TookOver) {
            let gone = waitpid(Some(checkpoint), WaitOptions::NOHANG).is_ok_and(|status| status.is_some());
            let left = deadline.saturating_duration_since(Instant::now());
            if gone || left.is_zero() {
                return Ok(false);
            }
            let mut waits = [PollFd::new(&self.control, PollFlags::IN)];
            let timeout = left.min(Duration::from_millis(50)).try_into().map_err(io::Error::other)?;
            let _ = poll(&mut waits, Some(&timeout));
        }
        self.live = checkpoint;
        self.live_end = end_of(checkpoint);
        self.cell = Cell::None;
        self.output.undo(ending)?;
        Ok(true)
    }

    /// How the live process has ended, if it has; and takes leave of other processes that have.
    fn ending_of_live(&self) -> io::Result<Option<Ending>> {
        while let Some((process, status)) = rustix::process::wait(WaitOptions::NOHANG)? {
            if process == self.live {
                return Ok(Some(match (status.exit_status(), status.terminating_signal()) {
                    (Some(code), _) => Ending::Exited(code),
                    (None, signal) if self.was_killed_for_memory(signal) => Ending::OutOfMemory,
                    (None, signal) => Ending::Killed(signal.unwrap_or(0)),
                }));
            }
        }
        Ok(None)
    }

    #[cfg(target_os = "linux")]
    fn was_killed_for_memory(&self, signal: Option<i32>) -> bool {
        signal == Some(Signal::KILL.as_raw()) && super::memory::kills() > self.memory_kills
    }

    #[cfg(not(target_os = "linux"))]
    fn was_killed_for_memory(&self, _signal: Option<i32>) -> bool {
        false
    }

    fn end_live(&self) {
        // Its group first: once it has ended, nobody else may be in there who could be found.
        let _ = kill_process_group(self.live, Signal::KILL);
        let _ = kill_process(self.live, Signal::KILL);
    }

    fn end_all(&self) {
        self.end_live();
        processes::end_descendants(None);
    }
}

/// What there is to do.
struct Ready {
    interrupted: bool,
    ordered: bool,
    ended: bool,
}

/// Becomes readable when `process` ends, where the system has such a thing.
fn end_of(process: Pid) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    return rustix::process::pidfd_open(process, rustix::process::PidfdFlags::empty()).ok();
    #[cfg(not(target_os = "linux"))]
    {
        let _ = process;
        None
    }
}

/// Reads what is there: `None` if that is nothing, 0 bytes at the end.
fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    loop {
        match source.read(buffer) {
            Ok(count) => return Ok(Some(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A socket whose other end was closed with something unread in it.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(Some(0)),
            Err(error) => return Err(error),
        }
    }
}

/// Takes the whole lines from the front of `bytes`.
fn whole_lines(bytes: &mut Vec<u8>) -> Vec<String> {
    let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') else { return Vec::new() };
    let rest = bytes.split_off(end + 1);
    let whole = std::mem::replace(bytes, rest);
    String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
}
