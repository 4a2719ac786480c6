//! The interpreter in a thread of its own, so that what a cell writes is seen while it runs, and its time can be kept.

use super::content::{Content, Display, Piece, Stdout};
use super::failure::Failure;
use super::items::{self, Items, Plan};
use super::stderr::Stderr;
use crate::processes;
use crate::runtime::Held;
use crate::runtime::ending::Ending;
use crate::runtime::frame::Frame;
use crate::session::{Folder, Interpreter, random_name};
use anyhow::{Result, anyhow};
use evcxr::{Error, EvalCallbacks, EvalOutputs};
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

/// The most that a cell may write; a notebook with more could not be opened again.
const MOST_TEXT: usize = 10 << 20;

/// As much as the last words of a process need.
const LAST_WORDS: usize = 1024;

/// Where cells run below a supervisor, that tells how each ended, and can make evcxr forget variables. Elsewhere, a cell
/// has ended when no more of it comes.
const HAS_SUPERVISOR: bool = cfg!(unix);

/// How long nothing more comes then.
const SILENCE: Duration = Duration::from_millis(50);

/// In what evcxr says when the supervisor has undone a cell: it was given a line that is not UTF-8.
const UNDONE: &str = "valid UTF-8";

/// Where a cell wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Who follows a cell while it runs.
pub trait Watch {
    /// The cell has written something: whole lines, or a part of one.
    fn text(&mut self, stream: Stream, text: &str);
    /// The cell has shown something other than text, or changed it.
    fn display(&mut self, display: Display);
    /// The cell asks for a line; this is the answer.
    fn input(&mut self, prompt: &str, is_password: bool) -> String;
}

/// What came of a cell, beside what it wrote and showed on the way.
pub struct CellResult {
    /// The last value.
    pub content: Content,
    /// How it failed, if it did.
    pub failure: Option<Failure>,
}

enum Event {
    Text(Stream, String),
    /// Nothing more of this cell comes; and how it ended.
    Ended(Ending),
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
    result: Result<Content, Error>,
    /// The compiled code was run: the supervisor tells how it ended.
    was_run: bool,
    /// The source that evcxr compiled last, to find lines of the cell in.
    generated: String,
    /// What evcxr was given in place of the cell, if it failed there.
    plan: Plan,
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
    folder: Folder,
    /// The supervisor; evcxr puts another in its place whenever it has to start one.
    supervisor: Arc<Mutex<Child>>,
    interrupted: Arc<AtomicBool>,
}

impl Interrupter {
    /// Interrupts the cell that runs, or is being compiled.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        // If it does not run yet, evcxr may be at work for it; then it comes to be run.
        let _ = self.folder.hold_next_cell(&Held::Interrupt);
        let supervisor = self.supervisor();
        if let Some(supervisor) = supervisor {
            processes::interrupt(supervisor);
        }
        // The compiler, if it is at work.
        processes::end_descendants(supervisor);
    }

    /// Says that interrupts are for the next cell from now on.
    pub fn forget_interrupts(&self) {
        self.folder.release_next_cell();
        self.interrupted.store(false, Ordering::SeqCst);
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
        let (own_folder, folder, workdir) = (folder.clone(), folder.clone(), workdir.to_owned());
        let interrupted = Arc::new(AtomicBool::new(false));
        let is_interrupted = interrupted.clone();
        let thread = thread::spawn(move || match Interpreter::start(&folder, &workdir) {
            Ok(interpreter) => {
                let _ = ready.send(Ok(interpreter.context.process_handle()));
                let mut evaluator = Evaluator { interpreter, folder, items: Items::default(), is_interrupted };
                evaluator.prime();
                let nonce = random_name();
                match evaluator.folder.start_frames(&nonce) {
                    Ok(()) => serve(evaluator, &nonce, &received, &event),
                    Err(error) => eprintln!("nnkernel: {error:#}"),
                }
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        });
        let supervisor = started.recv().map_err(|_| anyhow!("the Rust interpreter ended unexpectedly"))??;
        let interrupter = Interrupter { folder: own_folder, supervisor, interrupted };
        Ok(Worker { requests, events, interrupter, thread })
    }

    /// What interrupts its cells.
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    /// Runs a cell; `watch` follows it. It is ended when it takes longer than `timeout`, and not even begun if its interrupt has come already.
    pub fn execute(&mut self, source: &str, timeout: Option<Duration>, watch: &mut impl Watch) -> CellResult {
        let mut deadline = Instant::now() + timeout.unwrap_or(FOREVER);
        let mut cell = Cell::default();
        // What was said since the cell before has ended; how that one ended is known.
        for event in self.events.try_iter().filter(|event| matches!(event, Event::Text(..))) {
            cell.take(event, watch);
        }
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
                        deadline = Instant::now() + if HAS_SUPERVISOR { PATIENCE } else { SILENCE };
                    }
                    cell.take(event, watch);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {
                    cell.release_line(watch);
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

    /// Whether cells could be run: the interpreter is there, and the process below it.
    #[cfg(target_os = "linux")]
    pub fn is_alive(&self) -> bool {
        let supervisor = self.interrupter.supervisor.lock();
        let has_ended = supervisor.map_or(true, |mut supervisor| !matches!(supervisor.try_wait(), Ok(None)));
        !self.is_lost() && !has_ended
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
    ending: Option<Ending>,
    stdout: Stdout,
    stderr: Stderr,
    /// What was shown last: the cell's value, if nothing comes behind it. A value comes once in each form that it has.
    value: Content,
    /// How much text has been passed on.
    written: usize,
    /// The end of what it wrote to standard error: a process that crashes may say why.
    last_words: String,
}

impl Cell {
    fn is_done(&self) -> bool {
        match &self.evaluation {
            None => false,
            Some(Evaluation { result: Err(Error::SubprocessTerminated(_)), .. }) => self.ending.is_some(),
            Some(Evaluation { was_run, .. }) => !was_run || self.ending.is_some(),
        }
    }

    fn take(&mut self, event: Event, watch: &mut impl Watch) {
        match event {
            Event::Text(Stream::Stdout, text) => {
                let pieces = self.stdout.take(&text);
                self.take_pieces(pieces, watch);
            }
            Event::Text(Stream::Stderr, text) => {
                self.last_words.push_str(&text);
                let cut = self.last_words.len().saturating_sub(LAST_WORDS);
                self.last_words.drain(..self.last_words.ceil_char_boundary(cut));
                let Cell { stderr, written, .. } = self;
                stderr.take(&text, &mut |text| pass(Stream::Stderr, text, written, watch));
            }
            Event::Input { prompt, is_password, answer } => {
                let _ = answer.send(watch.input(&prompt, is_password));
            }
            Event::Ended(ending) => self.ending = Some(ending),
            Event::Evaluated(evaluation) => self.evaluation = Some(evaluation),
        }
    }

    fn take_pieces(&mut self, pieces: Vec<Piece>, watch: &mut impl Watch) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.show_value(watch);
                    pass(Stream::Stdout, &text, &mut self.written, watch);
                }
                Piece::Content(mime_type, content) => {
                    if self.value.iter().any(|(known, _)| *known == mime_type) {
                        self.show_value(watch);
                    }
                    self.value.push((mime_type, content));
                }
                Piece::Display(display) => {
                    self.show_value(watch);
                    watch.display(display);
                }
            }
        }
    }

    /// Shows what turned out not to be the cell's value.
    fn show_value(&mut self, watch: &mut impl Watch) {
        if !self.value.is_empty() {
            watch.display(Display::Show { id: None, content: std::mem::take(&mut self.value) });
        }
    }

    /// What was kept back, lest it be the text of an error, has waited long enough.
    fn release_line(&mut self, watch: &mut impl Watch) {
        let Cell { stderr, written, .. } = self;
        stderr.release_line(&mut |text| pass(Stream::Stderr, text, written, watch));
    }

    fn finish(
        mut self,
        source: &str,
        timed_out: Option<Duration>,
        interrupted: bool,
        watch: &mut impl Watch,
    ) -> CellResult {
        let pieces = self.stdout.finish();
        self.take_pieces(pieces, watch);
        let mut content = Vec::new();
        let failure = match (timed_out, self.evaluation.take()) {
            (Some(limit), _) => Some(Failure::timed_out(limit)),
            (None, None) => Some(Failure::lost()),
            (None, Some(Evaluation { result, was_run, generated, plan })) => match self.ending.filter(|_| was_run) {
                Some(Ending::Panicked) => Some(Failure::panic(self.stderr.take_panic(), &generated, source)),
                Some(Ending::ReturnedError) => Some(Failure::returned_error(self.stderr.take_line(), source)),
                Some(Ending::Interrupted) => Some(Failure::interrupted()),
                Some(Ending::Stopped) => Some(Failure::stopped()),
                Some(ending @ (Ending::Exited(_) | Ending::Killed(_) | Ending::OutOfMemory)) => {
                    Some(Failure::undone(ending, &self.last_words))
                }
                Some(Ending::Completed) | None => match result {
                    Ok(values) => {
                        content = values;
                        None
                    }
                    // The compiler was ended.
                    Err(_) if interrupted => Some(Failure::interrupted()),
                    Err(error) => Some(Failure::from_evcxr(error, self.ending, source, &plan)),
                },
            },
        };
        if failure.is_none() && ends_with_value(source) {
            content.append(&mut self.value);
        } else {
            self.show_value(watch);
        }
        let Cell { stderr, written, .. } = &mut self;
        stderr.release(&mut |text| pass(Stream::Stderr, text, written, watch));
        CellResult { content, failure }
    }
}

/// Whether the last of a cell is an expression that is shown as its value. If in doubt, it is.
fn ends_with_value(source: &str) -> bool {
    let block = syn::parse_str::<syn::Block>(&format!("{{{source}\n}}"));
    block.map_or(true, |block| match block.stmts.last() {
        Some(syn::Stmt::Expr(_, semicolon)) => semicolon.is_none(),
        Some(syn::Stmt::Macro(call)) => call.semi_token.is_none(),
        _ => false,
    })
}

/// Passes on text, of which a cell has written so much before.
fn pass(stream: Stream, text: &str, written: &mut usize, watch: &mut impl Watch) {
    if *written > MOST_TEXT {
        return;
    }
    *written += text.len();
    if *written > MOST_TEXT {
        let limit = MOST_TEXT >> 20;
        let notice = format!("\nnnkernel: what this cell writes beyond {limit} MiB is not shown\n");
        return watch.text(Stream::Stderr, &notice);
    }
    watch.text(stream, text);
}

/// Evaluates cells until there are no more.
fn serve(mut evaluator: Evaluator, nonce: &str, requests: &Receiver<Request>, events: &Sender<Event>) {
    let stdout = evaluator.interpreter.outputs.stdout.clone();
    let stderr = evaluator.interpreter.outputs.stderr.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            let event = events.clone();
            for line in stdout {
                let _ = event.send(Event::Text(Stream::Stdout, line + "\n"));
            }
        });
        scope.spawn(|| {
            let event = events.clone();
            for line in stderr {
                let _ = event.send(match Frame::parse(nonce, &line) {
                    Some(Frame::Stdout(text)) => Event::Text(Stream::Stdout, text),
                    Some(Frame::Stderr(text)) => Event::Text(Stream::Stderr, text),
                    Some(Frame::Ended(ending)) => Event::Ended(ending),
                    None => Event::Text(Stream::Stderr, line + "\n"),
                });
            }
        });
        for request in requests {
            match request {
                Request::Execute(code) => {
                    let evaluation = evaluator.execute(&code, events);
                    let _ = events.send(Event::Evaluated(evaluation));
                }
                Request::Complete { code, position, reply } => {
                    let _ = reply.send(evaluator.complete(&code, position));
                }
                Request::Inspect { code, position, reply } => {
                    let _ = reply.send(evaluator.interpreter.context.hover_at(&code, position).ok());
                }
            }
        }
        // The threads above end when the interpreter's ends of the channels are gone.
        drop(evaluator);
    });
}

/// evcxr, and what it does not know of the cells that it has run.
struct Evaluator {
    interpreter: Interpreter,
    folder: Folder,
    items: Items,
    /// The cell that is to be run was interrupted, maybe before it came to that.
    is_interrupted: Arc<AtomicBool>,
}

impl Evaluator {
    /// Infers a type, for which evcxr has to read all crates once: while nobody waits for it yet. What it is needed for
    /// is not there afterwards.
    fn prime(&mut self) {
        if !HAS_SUPERVISOR {
            return;
        }
        // Of a cell that was interrupted, and took the interpreter before this one with it.
        self.folder.release_next_cell();
        let prepared = self.interpreter.evaluate(PRIMER).and_then(|()| {
            self.folder.hold_next_cell(&Held::Forget(vec![PRIMER_VARIABLE.to_owned()]))?;
            self.interpreter.evaluate(NOTHING)
        });
        self.folder.release_next_cell();
        if let Err(error) = prepared {
            self.end_forgetting(|this| drop(this.interpreter.evaluate(NOTHING)));
            // Cells have to do without, and take longer.
            eprintln!("nnkernel: {error:#}");
        }
        // To complete the end of this, all that stands before it is inferred, and nothing is compiled.
        let _ = self.interpreter.context.completions(TYPICAL, TYPICAL.len());
    }

    fn execute(&mut self, code: &str, events: &Sender<Event>) -> Evaluation {
        let plan = self.items.plan(code, self.interpreter.context.variables_and_types());
        let result = match self.give_up(&plan, events) {
            Ok(()) if self.is_interrupted() => Err(interrupted()),
            Ok(()) => self.evaluate(&plan.code, events),
            Err(error) => Err(error),
        };
        let gone: Vec<&items::Lost> = plan
            .lost
            .iter()
            .filter(|lost| self.interpreter.context.variables_and_types().all(|(name, _)| name != lost.variable))
            .collect();
        if !gone.is_empty() && !matches!(result, Err(Error::CompilationErrors(_))) {
            let _ = events.send(Event::Text(Stream::Stderr, notice(&gone)));
        }
        let was_run = match &result {
            Ok(outputs) => outputs.phases.iter().any(|phase| phase.name == "Execution"),
            Err(error) => is_undone(error),
        };
        let generated = self.interpreter.context.last_source().unwrap_or_default();
        let mut evaluation = Evaluation { result: Ok(Content::new()), was_run, generated, plan: Plan::default() };
        match result {
            Ok(outputs) => {
                self.items.commit(plan);
                let mut content: Content = outputs.content_by_mime_type.into_iter().collect();
                content.sort();
                evaluation.result = Ok(content);
            }
            Err(error) => {
                evaluation.result = Err(error);
                evaluation.plan = plan;
            }
        }
        evaluation
    }

    fn evaluate(&mut self, code: &str, events: &Sender<Event>) -> Result<EvalOutputs, Error> {
        let mut callbacks = EvalCallbacks {
            input_reader: &|request| {
                let (answer, answered) = channel();
                let (prompt, is_password) = (request.prompt, request.is_password);
                let _ = events.send(Event::Input { prompt, is_password, answer });
                answered.recv().unwrap_or_default()
            },
        };
        self.interpreter.context.execute_with_callbacks(code, &mut callbacks)
    }

    /// Makes evcxr forget the variables that the cell leaves without their type: it would take their memory for that of the
    /// new one. They stay if the cell does not even compile.
    fn give_up(&mut self, plan: &Plan, events: &Sender<Event>) -> Result<(), Error> {
        if plan.lost.is_empty() || !HAS_SUPERVISOR {
            return Ok(());
        }
        self.hold(&Held::Refuse)?;
        let result = self.evaluate(&plan.code, events);
        self.folder.release_next_cell();
        match result {
            // Before it is known whether the cell compiles.
            _ if self.is_interrupted() => return Err(interrupted()),
            Err(error) if is_undone(&error) => {}
            Err(error) => return Err(error),
            // Nothing of it had to be run.
            Ok(_) => return Ok(()),
        }
        self.hold(&Held::Forget(plan.lost.iter().map(|lost| lost.variable.clone()).collect()))?;
        let result = self.evaluate(NOTHING, events);
        self.folder.release_next_cell();
        if result.is_err() {
            self.end_forgetting(|this| drop(this.evaluate(NOTHING, events)));
        }
        result.map(|_| ())
    }

    /// The cell by which evcxr was to forget variables has not run: the next one is not in its place.
    fn end_forgetting(&mut self, evaluate: impl FnOnce(&mut Self)) {
        if self.hold(&Held::Refuse).is_ok() {
            evaluate(self);
            self.folder.release_next_cell();
        }
    }

    fn is_interrupted(&self) -> bool {
        self.is_interrupted.load(Ordering::SeqCst)
    }

    fn hold(&self, held: &Held) -> Result<(), Error> {
        self.folder.hold_next_cell(held).map_err(|error| Error::Message(format!("{error:#}")))
    }

    fn complete(&mut self, code: &str, position: usize) -> Option<Completions> {
        let found = self.interpreter.context.completions(code, position).ok()?;
        let matches = found.completions.into_iter().map(|completion| completion.code);
        Some(Completions {
            matches: matches.filter(|text| !text.starts_with(items::MARKER)).collect(),
            replaced: found.start_offset..found.end_offset,
        })
    }
}

/// A cell with a type to infer.
const PRIMER: &str = "let nnkernel_primer = nnlib::array::Matrix::zeros((1, 1));";
/// The variable in it.
const PRIMER_VARIABLE: &str = "nnkernel_primer";

/// What cells have rust-analyzer look for in the standard library and in ndarray: iterators, closures, collections.
const TYPICAL: &str = "\
let labels: Vec<usize> = (0..10).map(|i| i * 7 % 10).collect();
let mut total = 0.0;
for (i, &label) in labels.iter().enumerate() {
    total += (i * label) as f64;
}
let matrix = nnlib::array::Matrix::zeros((2, 2));
let mut values = Vec::new();
for row in matrix.rows() {
    values.push(row.iter().map(|x| x + total).sum::<f64>());
}
let product = matrix.dot(&matrix.t()) * 2.0 + &matrix;
let best: Vec<usize> = matrix.rows().into_iter()
    .map(|row| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index))
    .collect();
best.";

/// A cell that evcxr runs, and that does nothing.
const NOTHING: &str = "{}";

fn interrupted() -> Error {
    Error::Message("interrupted".to_owned())
}

/// Whether the supervisor has made evcxr give the cell up.
fn is_undone(error: &Error) -> bool {
    matches!(error, Error::Message(message) if message.contains(UNDONE))
}

/// Tells which variables are gone, and why.
fn notice(gone: &[&items::Lost]) -> String {
    let list = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let items = gone.iter().map(|lost| lost.item.as_str()).collect();
    let variables = gone.iter().map(|lost| lost.variable.as_str()).collect();
    format!(
        "nnkernel: {} has a new definition; variables made with the old one are gone: {}\n",
        list(items),
        list(variables)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_expression_is_a_value() {
        for cell in ["1", "let a = 1;\na + 1 // yes", "vec![1]", "if a { 1 } else { 2 }", ":dep rand\n1"] {
            assert!(ends_with_value(cell), "{cell}");
        }
        for cell in ["", "let a = 1;", "f();", "println!(\"x\");", "struct Net;", "fn f() -> u8 { 1 }"] {
            assert!(!ends_with_value(cell), "{cell}");
        }
    }
}
