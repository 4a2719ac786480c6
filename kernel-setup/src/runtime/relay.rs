//! The relay: evcxr's idea of a runtime, with the real one as its child.
//!
//! Three things it does beside copying:
//!
//! - It finds evcxr's marker for a panic or an early `?` even behind a line that the cell left unfinished
//!   (`print!("…"); panic!()`), where evcxr itself would miss it.
//! - It replaces invalid UTF-8, which would end evcxr's reading of the cell.
//! - When the first cell of a session has been compiled, it puts the template's `Cargo.lock` in place. evcxr begins with
//!   a cell that has no dependencies, for which cargo empties the lock file; without this, each session would resolve the
//!   dependencies of nnlib again, over the network, and might find other versions than the template was built with.

use super::report::{self, Ending};
use super::variable;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::{env, fs, process, thread};

const EXECUTION_COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const PANIC_NOTIFICATION: &str = "EVCXR_PANIC_NOTIFICATION";
const ERROR_OCCURRED: &str = "EVCXR_ERROR_OCCURRED";
const VARIABLE_CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";

/// Ends this process when the one that started it ends: a runtime must not outlive its relay.
pub fn die_with_parent() {
    // Where the system has no such thing, the relay's own end of the pipes does it at the next cell.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

/// Serves as a relay until evcxr hangs up or the runtime ends, then exits.
pub fn run() -> ! {
    // A group of its own: everything that a cell starts can be ended at once.
    let _ = rustix::process::setpgid(None, None);
    let status = match start() {
        Ok(child) => serve(child),
        Err(error) => Err(error),
    };
    let code = match status {
        Ok(status) => status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
        Err(error) => {
            eprintln!("nnkernel: the process that runs cells could not be served: {error}");
            99
        }
    };
    process::exit(code)
}

fn start() -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    for name in variable::ALL {
        command.env_remove(name);
    }
    if let Some(folder) = env::var_os(variable::WORKDIR) {
        command.current_dir(folder);
    }
    command
        .args(env::args_os().skip(1))
        // A backtrace shows frames of evcxr and std, none of the cell: cells are compiled without debug information.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn serve(mut child: Child) -> io::Result<ExitStatus> {
    let (Some(stdin), Some(mut stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("a pipe is missing"));
    };
    thread::spawn(move || copy_commands(stdin));

    let mut relay = Relay::new(stderr)?;
    let mut pending = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        relay.wait_and_copy_stderr(&stdout)?;
        if relay.stdout_is_ready {
            let count = stdout.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            pending.extend_from_slice(&buffer[..count]);
            let mut start = 0;
            while let Some(length) = pending[start..].iter().position(|&byte| byte == b'\n') {
                relay.line(&pending[start..start + length])?;
                start += length + 1;
            }
            pending.drain(..start);
            relay.flush()?;
        }
    }
    if !pending.is_empty() {
        relay.line(&pending)?;
    }
    let status = child.wait()?;
    let ending = match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exited(code),
        (None, signal) => Ending::Killed(signal.unwrap_or(0)),
    };
    relay.copy_stderr()?;
    relay.report(ending)?;
    Ok(status)
}

/// Passes evcxr's commands on; when evcxr hangs up, ends this process and all below it.
fn copy_commands(mut runtime: ChildStdin) {
    let mut lockfile = env::var_os(variable::LOCKFILE).zip(env::var_os(variable::LOCKFILE_TARGET));
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        if let Some((source, target)) = lockfile.take() {
            // Renamed, so that it happens once a session, however often the relay is restarted: a later one would
            // undo what the student's own `:dep` lines have locked.
            let _ = fs::rename(PathBuf::from(source), PathBuf::from(target));
        }
        if writeln!(runtime, "{line}").and_then(|()| runtime.flush()).is_err() {
            // The runtime has ended: the main thread sees that as well, and knows how.
            return;
        }
    }
    if let Some(own_group) = Pid::from_raw(process::id() as i32) {
        let _ = kill_process_group(own_group, Signal::KILL);
    }
    process::exit(0);
}

/// What is known of the cell that runs now, and the ends of the pipes that lead out.
struct Relay {
    /// Known once its file is there.
    nonce: Option<String>,
    stderr: ChildStderr,
    stderr_open: bool,
    stderr_at_line_start: bool,
    stdout_is_ready: bool,
    out: io::StdoutLock<'static>,
    ending: Ending,
    /// evcxr runs the cell again when a variable has changed its type: this run is not its last.
    will_run_again: bool,
}

impl Relay {
    fn new(stderr: ChildStderr) -> io::Result<Self> {
        let flags = rustix::fs::fcntl_getfl(&stderr)?;
        rustix::fs::fcntl_setfl(&stderr, flags | rustix::fs::OFlags::NONBLOCK)?;
        Ok(Relay {
            nonce: None,
            stderr,
            stderr_open: true,
            stderr_at_line_start: true,
            stdout_is_ready: false,
            out: io::stdout().lock(),
            ending: Ending::Completed,
            will_run_again: false,
        })
    }

    /// Waits until there is something to read, and copies what is on standard error.
    fn wait_and_copy_stderr(&mut self, stdout: &process::ChildStdout) -> io::Result<()> {
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let mut waits = vec![PollFd::new(stdout, PollFlags::IN)];
        if self.stderr_open {
            waits.push(PollFd::new(&self.stderr, PollFlags::IN));
        }
        match poll(&mut waits, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        self.stdout_is_ready = waits[0].revents().intersects(readable);
        let stderr_is_ready = waits.get(1).is_some_and(|wait| wait.revents().intersects(readable));
        if stderr_is_ready { self.copy_stderr() } else { Ok(()) }
    }

    /// Copies all that is on the runtime's standard error at this moment.
    fn copy_stderr(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        while self.stderr_open {
            match self.stderr.read(&mut buffer) {
                Ok(0) => self.stderr_open = false,
                Ok(count) => {
                    io::stderr().write_all(&buffer[..count])?;
                    self.stderr_at_line_start = buffer[count - 1] == b'\n';
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Passes on one line of the runtime's standard output.
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        let line = String::from_utf8_lossy(line);
        if line == EXECUTION_COMPLETE {
            // All that the cell wrote to standard error is in the pipe by now: it was written before this line.
            self.copy_stderr()?;
            if !self.will_run_again {
                self.report(self.ending)?;
            }
            self.ending = Ending::Completed;
            self.will_run_again = false;
            return writeln!(self.out, "{line}");
        }
        self.will_run_again |= line.starts_with(VARIABLE_CHANGED_TYPE);
        for (marker, ending) in [(PANIC_NOTIFICATION, Ending::Panicked), (ERROR_OCCURRED, Ending::ReturnedError)] {
            if let Some(unfinished) = line.strip_suffix(marker) {
                self.ending = ending;
                if !unfinished.is_empty() {
                    writeln!(self.out, "{unfinished}")?;
                }
                return writeln!(self.out, "{marker}");
            }
        }
        writeln!(self.out, "{line}")
    }

    /// Tells how the cell ended, as the last line of either stream.
    fn report(&mut self, ending: Ending) -> io::Result<()> {
        if self.nonce.is_none() {
            self.nonce = env::var_os(variable::NONCE_FILE).and_then(|path| fs::read_to_string(path).ok());
        }
        let Some(nonce) = &self.nonce else { return Ok(()) };
        let line_feed = if self.stderr_at_line_start { "" } else { "\n" };
        self.stderr_at_line_start = true;
        io::stderr().write_all(format!("{line_feed}{}\n", report::line(nonce, ending)).as_bytes())?;
        writeln!(self.out, "{nonce}")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
