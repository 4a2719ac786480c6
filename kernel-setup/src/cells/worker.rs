//! The interpreter in a thread of its own, so that what a cell writes is seen while it runs, and its time can be kept.

use super::failure::Failure;
use super::stderr::Stderr;
use crate::processes;
use crate::runtime::report::{self, Ending};
use crate::session::{Folder, Interpreter, random_name};
use anyhow::{Result, anyhow};
use evcxr::{Error, EvalCallbacks};
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the rest of a cell that has ended, or was ended, may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a line of standard error is kept back, lest it be the text of an error that `?` returned.
const KEPT_BACK: Duration = Duration::from_millis(200);

/// The time of a cell that may take as long as it likes.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

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

/// Who follows a cell while it runs.
pub trait Watch {
    /// The cell has written a line.
    fn line(&mut self, stream: Stream, line: &str);
    /// The cell asks for a line; this is the answer.
    fn input(&mut self, prompt: &str, is_password: bool) -> String;
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
    /// The cell waits for an answer to the prompt.
    Input {
        prompt: String,
        is_password: bool,
        answer: Sender<String>,
    },
}

/// What an interpreter is asked for.
enum Request {
    Execute(String),
    Complete { code: String, position: usize, reply: Sender<Option<Completions>> },
    Inspect { code: String, position: usize, reply: Sender<Option<(String, String)>> },
}

/// What could stand at a place of a cell's code.
pub struct Completions {
    /// The texts, best first.
    pub matches: Vec<String>,
    /// The bytes of the code that each would replace.
    pub replaced: std::ops::Range<usize>,
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
    requests: Sender<Request>,
    events: Receiver<Event>,
    interrupter: Interrupter,
    thread: JoinHandle<()>,
}

/// Ends the cell that runs, from another thread.
#[derive(Clone)]
pub struct Interrupter {
    /// The supervisor; evcxr puts another in its place whenever it has to start one.
    supervisor: Arc<Mutex<Child>>,
    interrupted: Arc<AtomicBool>,
}

impl Interrupter {
    /// Interrupts the cell that runs, or is being compiled.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        let supervisor = self.supervisor();
        if let Some(supervisor) = supervisor {
            processes::interrupt(supervisor);
        }
        // The compiler, if it is at work.
        processes::end_descendants(supervisor);
    }

    /// Whether the cell that runs, or ran last, was interrupted.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    fn supervisor(&self) -> Option<u32> {
        match self.supervisor.try_lock() {
            Ok(supervisor) => Some(supervisor.id()),
            Err(TryLockError::Poisoned(supervisor)) => Some(supervisor.into_inner().id()),
            // evcxr is replacing it at this moment: there is nothing to end.
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl Worker {
    /// Starts an interpreter in `folder`, for cells that run in `workdir`.
    pub fn start(folder: &Folder, workdir: &Path) -> Result<Self> {
        let (requests, received) = channel();
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
                    serve(interpreter, &nonce, &received, &event);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        });
        let supervisor = started.recv().map_err(|_| anyhow!("the Rust interpreter ended unexpectedly"))??;
        let interrupter = Interrupter { supervisor, interrupted: Arc::new(AtomicBool::new(false)) };
        Ok(Worker { requests, events, interrupter, thread })
    }

    /// What interrupts its cells.
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    /// Runs a cell; `watch` follows it. It is ended when it takes longer than `timeout`.
    pub fn execute(&mut self, source: &str, timeout: Option<Duration>, watch: &mut impl Watch) -> CellResult {
        self.interrupter.interrupted.store(false, Ordering::SeqCst);
        let mut deadline = Instant::now() + timeout.unwrap_or(FOREVER);
        let mut cell = Cell::default();
        let _ = self.requests.send(Request::Execute(source.to_owned()));
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
                    cell.take(event, watch);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {
                    cell.stderr.release_line(&mut |text| watch.line(Stream::Stderr, text));
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
        cell.finish(source, timeout.filter(|_| timed_out), self.interrupter.is_interrupted(), watch)
    }

    /// Whether the interpreter is gone.
    pub fn is_lost(&self) -> bool {
        self.thread.is_finished()
    }

    /// What could stand at byte `position` of `code`.
    pub fn complete(&self, code: String, position: usize) -> Option<Completions> {
        let (reply, answer) = channel();
        self.requests.send(Request::Complete { code, position, reply }).ok()?;
        answer.recv().ok()?
    }

    /// What stands at byte `position` of `code`: as plain text, and as HTML.
    pub fn inspect(&self, code: String, position: usize) -> Option<(String, String)> {
        let (reply, answer) = channel();
        self.requests.send(Request::Inspect { code, position, reply }).ok()?;
        answer.recv().ok()?
    }

    /// Ends the cell's process and all below it, and any compiler at work for it.
    fn end_cell(&self) {
        if let Some(supervisor) = self.interrupter.supervisor() {
            processes::end_group(supervisor);
        }
        processes::end_descendants(None);
    }

    /// Ends the interpreter in good order.
    pub fn stop(self) {
        drop(self.requests);
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

    fn take(&mut self, event: Event, watch: &mut impl Watch) {
        match event {
            Event::Line(Stream::Stdout, text) => watch.line(Stream::Stdout, &text),
            Event::Line(Stream::Stderr, text) => self.stderr.take(text, &mut |text| watch.line(Stream::Stderr, text)),
            Event::Input { prompt, is_password, answer } => {
                let _ = answer.send(watch.input(&prompt, is_password));
            }
            Event::StdoutEnd => self.stdout_ended = true,
            Event::StderrEnd(ending) => self.ending = Some(ending),
            Event::Evaluated(evaluation) => self.evaluation = Some(evaluation),
        }
    }

    fn finish(
        mut self,
        source: &str,
        timed_out: Option<Duration>,
        interrupted: bool,
        watch: &mut impl Watch,
    ) -> CellResult {
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
                    // The compiler was ended.
                    Err(_) if interrupted => Some(Failure::interrupted()),
                    Err(error) => Some(Failure::from_evcxr(error, self.ending, source)),
                },
            },
        };
        self.stderr.release(&mut |text| watch.line(Stream::Stderr, text));
        CellResult { content, failure }
    }
}

/// Evaluates cells until there are no more.
fn serve(mut interpreter: Interpreter, nonce: &str, requests: &Receiver<Request>, events: &Sender<Event>) {
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
        for request in requests {
            let code = match request {
                Request::Execute(code) => code,
                Request::Complete { code, position, reply } => {
                    let found = interpreter.context.completions(&code, position).ok().map(|found| Completions {
                        matches: found.completions.into_iter().map(|completion| completion.code).collect(),
                        replaced: found.start_offset..found.end_offset,
                    });
                    let _ = reply.send(found);
                    continue;
                }
                Request::Inspect { code, position, reply } => {
                    let _ = reply.send(interpreter.context.hover_at(&code, position).ok());
                    continue;
                }
            };
            let mut callbacks = EvalCallbacks {
                input_reader: &|request| {
                    let (answer, answered) = channel();
                    let (prompt, is_password) = (request.prompt, request.is_password);
                    let _ = events.send(Event::Input { prompt, is_password, answer });
                    answered.recv().unwrap_or_default()
                },
            };
            let result = interpreter.context.execute_with_callbacks(&code, &mut callbacks);
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
