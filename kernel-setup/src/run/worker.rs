//! The interpreter in a thread of its own, so that what a cell writes is seen while it runs, and its time can be kept.

use super::failure::Failure;
use super::stderr::Stderr;
use crate::processes;
use crate::runtime::report::{self, Ending};
use crate::session::{Folder, Interpreter, random_name};
use anyhow::{Result, anyhow};
use evcxr::Error;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the rest of a cell that has ended, or was ended, may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a line of standard error is kept back, lest it be the text of an error that `?` returned.
const KEPT_BACK: Duration = Duration::from_millis(200);

/// In what evcxr says when the supervisor has undone a cell: it was given a line that is not UTF-8.
const UNDONE: &str = "valid UTF-8";

/// Where a cell wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What came of a cell, beside the lines it wrote.
pub struct CellResult {
    /// The last value, by MIME type.
    pub content: Vec<(String, String)>,
    /// How it failed, if it did.
    pub failure: Option<Failure>,
}

enum Event {
    Line(Stream, String),
    /// Nothing more of this cell comes on standard output.
    StdoutEnd,
    /// Nothing more comes on standard error; and how the cell ended.
    StderrEnd(Ending),
    Evaluated(Evaluation),
}

/// What evcxr says of a cell.
struct Evaluation {
    result: Result<Vec<(String, String)>, Error>,
    /// The compiled code was run: the supervisor reports on both streams how it ended.
    was_run: bool,
    /// The source that evcxr compiled last, to find lines of the cell in.
    generated: String,
}

/// An interpreter at work.
pub struct Worker {
    code: Sender<String>,
    events: Receiver<Event>,
    /// The supervisor; evcxr puts another in its place whenever it has to start one.
    supervisor: Arc<Mutex<Child>>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts an interpreter in `folder`, for cells that run in `workdir`.
    pub fn start(folder: &Folder, workdir: &Path) -> Result<Self> {
        let (code, codes) = channel();
        let (event, events) = channel();
        let (ready, started) = channel();
        let (folder, workdir) = (folder.clone(), workdir.to_owned());
        let thread = thread::spawn(move || {
            let nonce = random_name();
            let started = Interpreter::start(&folder, &workdir)
                .and_then(|interpreter| folder.start_reports(&nonce).map(|()| interpreter));
            match started {
                Ok(interpreter) => {
                    let _ = ready.send(Ok(interpreter.context.process_handle()));
                    serve(interpreter, &nonce, &codes, &event);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        });
        let supervisor = started.recv().map_err(|_| anyhow!("the Rust interpreter ended unexpectedly"))??;
        Ok(Worker { code, events, supervisor, thread })
    }

    /// Runs a cell, telling `line` what it writes as it writes it.
    pub fn execute(&mut self, source: &str, timeout: Duration, mut line: impl FnMut(Stream, &str)) -> CellResult {
        let mut deadline = Instant::now() + timeout;
        let mut cell = Cell::default();
        let _ = self.code.send(source.to_owned());
        let mut timed_out = false;
        while !cell.is_done() {
            let mut wait = deadline.saturating_duration_since(Instant::now());
            if cell.stderr.keeps_a_line_back() {
                wait = wait.min(KEPT_BACK);
            }
            match self.events.recv_timeout(wait) {
                Ok(event) => {
                    if matches!(event, Event::Evaluated(_)) {
                        deadline = Instant::now() + PATIENCE;
                    }
                    cell.take(event, &mut line);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {
                    cell.stderr.release_line(&mut |text| line(Stream::Stderr, text));
                }
                Err(RecvTimeoutError::Timeout) if timed_out || cell.evaluation.is_some() => break,
                Err(RecvTimeoutError::Timeout) => {
                    timed_out = true;
                    self.end_cell();
                    deadline = Instant::now() + PATIENCE;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        cell.finish(source, timed_out.then_some(timeout), &mut line)
    }

    /// Ends the cell's process and all below it, and any compiler at work for it.
    fn end_cell(&self) {
        let supervisor = match self.supervisor.try_lock() {
            Ok(supervisor) => Some(supervisor.id()),
            Err(TryLockError::Poisoned(supervisor)) => Some(supervisor.into_inner().id()),
            // evcxr is replacing it at this moment: there is nothing to end.
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(supervisor) = supervisor {
            processes::end_group(supervisor);
        }
        processes::end_descendants(None);
    }

    /// Ends the interpreter in good order.
    pub fn stop(self) {
        drop(self.code);
        let _ = self.thread.join();
    }

    /// Leaves an interpreter that may no longer answer: its processes are ended, its thread is not waited for.
    pub fn abandon(self) {
        self.end_cell();
    }
}

/// What is known so far of the cell that runs.
#[derive(Default)]
struct Cell {
    evaluation: Option<Evaluation>,
    stdout_ended: bool,
    ending: Option<Ending>,
    stderr: Stderr,
}

impl Cell {
    fn is_done(&self) -> bool {
        match &self.evaluation {
            None => false,
            Some(Evaluation { result: Err(Error::SubprocessTerminated(_)), .. }) => self.ending.is_some(),
            Some(Evaluation { was_run, .. }) => !was_run || (self.stdout_ended && self.ending.is_some()),
        }
    }

    fn take(&mut self, event: Event, line: &mut impl FnMut(Stream, &str)) {
        match event {
            Event::Line(Stream::Stdout, text) => line(Stream::Stdout, &text),
            Event::Line(Stream::Stderr, text) => self.stderr.take(text, &mut |text| line(Stream::Stderr, text)),
            Event::StdoutEnd => self.stdout_ended = true,
            Event::StderrEnd(ending) => self.ending = Some(ending),
            Event::Evaluated(evaluation) => self.evaluation = Some(evaluation),
        }
    }

    fn finish(mut self, source: &str, timed_out: Option<Duration>, line: &mut impl FnMut(Stream, &str)) -> CellResult {
        let mut content = Vec::new();
        let failure = match (timed_out, self.evaluation) {
            (Some(limit), _) => Some(Failure::timed_out(limit)),
            (None, None) => Some(Failure::lost()),
            (None, Some(Evaluation { result, was_run, generated })) => match self.ending.filter(|_| was_run) {
                Some(Ending::Panicked) => Some(Failure::panic(self.stderr.take_panic(), &generated, source)),
                Some(Ending::ReturnedError) => Some(Failure::returned_error(self.stderr.take_line(), source)),
                Some(Ending::Interrupted) => Some(Failure::interrupted()),
                Some(ending @ (Ending::Exited(_) | Ending::Killed(_))) => Some(Failure::undone(ending)),
                Some(Ending::Completed) | None => match result {
                    Ok(values) => {
                        content = values;
                        None
                    }
                    Err(error) => Some(Failure::from_evcxr(error, self.ending, source)),
                },
            },
        };
        self.stderr.release(&mut |text| line(Stream::Stderr, text));
        CellResult { content, failure }
    }
}

/// Evaluates cells until there are no more.
fn serve(mut interpreter: Interpreter, nonce: &str, codes: &Receiver<String>, events: &Sender<Event>) {
    let stdout = interpreter.outputs.stdout.clone();
    let stderr = interpreter.outputs.stderr.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            let event = events.clone();
            for line in stdout {
                let message = if line == nonce { Event::StdoutEnd } else { Event::Line(Stream::Stdout, line) };
                let _ = event.send(message);
            }
        });
        scope.spawn(|| {
            let event = events.clone();
            for line in stderr {
                let _ = event.send(match report::parse(nonce, &line) {
                    Some(ending) => Event::StderrEnd(ending),
                    None => Event::Line(Stream::Stderr, line),
                });
            }
        });
        for code in codes {
            let result = interpreter.context.execute(&code);
            let was_run = match &result {
                Ok(outputs) => outputs.phases.iter().any(|phase| phase.name == "Execution"),
                Err(Error::Message(message)) => message.contains(UNDONE),
                Err(_) => false,
            };
            let generated = interpreter.context.last_source().unwrap_or_default();
            let result = result.map(|outputs| {
                let mut content: Vec<_> = outputs.content_by_mime_type.into_iter().collect();
                content.sort();
                content
            });
            let _ = events.send(Event::Evaluated(Evaluation { result, was_run, generated }));
        }
        // The threads above end when the interpreter's ends of the channels are gone.
        drop(interpreter);
    });
}
