//! The thread that runs cells, one after the other, and tells the notebook what comes of them.

use super::history::History;
use super::text::{byte_of, code_point_of};
use crate::cells::{self, CellResult, Completions, Display, Failure, Interrupter, Stream, Watch, Worker};
use crate::session::Folder;
use jupyter_protocol::{
    ClearOutput, CompleteReply, CompleteRequest, DisplayData, ErrorOutput, ExecuteInput, ExecuteReply, ExecuteRequest,
    ExecuteResult, ExecutionCount, ExpressionResult, InputRequest, InspectReply, InspectRequest, JupyterMessage,
    JupyterMessageContent, Media, MediaType, ReplyError, ReplyStatus, Status, Stdio, StreamContent, Transient,
    UpdateDisplayData,
};
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// A request that needs the interpreter.
pub enum Job {
    /// Runs a cell.
    Execute(Box<JupyterMessage>, ExecuteRequest),
    /// Says what could stand at the cursor.
    Complete(Box<JupyterMessage>, CompleteRequest),
    /// Says what stands at the cursor.
    Inspect(Box<JupyterMessage>, InspectRequest),
}

/// What goes to everybody who shows the notebook.
pub enum Broadcast {
    /// A message.
    Message(Box<JupyterMessage>),
    /// Answered when all that came before has been sent.
    Flush(oneshot::Sender<()>),
}

/// The ways out.
#[derive(Clone)]
pub struct Outgoing {
    /// Replies to requests that were read from the shell socket.
    pub shell: UnboundedSender<JupyterMessage>,
    /// What everybody sees.
    pub iopub: UnboundedSender<Broadcast>,
    /// Questions to the one who runs a cell.
    pub stdin: UnboundedSender<JupyterMessage>,
}

impl Outgoing {
    /// Replies to `request`. Whoever no longer listens misses it.
    pub fn reply(&self, request: &JupyterMessage, content: impl Into<JupyterMessageContent>) {
        let _ = self.shell.send(JupyterMessage::new(content, Some(request)));
    }

    /// Tells everybody what came of `request`, or what concerns no request.
    pub fn publish(&self, request: Option<&JupyterMessage>, content: impl Into<JupyterMessageContent>) {
        let message = JupyterMessage::new(content, request);
        let topic = message.message_type().to_owned().into_bytes();
        let message = message.with_zmq_identities(vec![topic.into()]);
        let _ = self.iopub.send(Broadcast::Message(Box::new(message)));
    }
}

/// What the sockets' tasks and the interpreter's thread share.
#[derive(Default)]
pub struct Shared {
    jobs: Mutex<VecDeque<Job>>,
    job_came: Condvar,
    /// A cell is running.
    is_running: AtomicBool,
    interrupter: Mutex<Option<Interrupter>>,
    history: Mutex<History>,
    /// When the last request was answered.
    answered: Mutex<Option<Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Leaves a request for the interpreter.
    pub fn push(&self, job: Job) {
        lock(&self.jobs).push_back(job);
        self.job_came.notify_one();
    }

    /// Whether a cell is running.
    pub fn is_running(&self) -> bool {
        self.is_running.load(Ordering::SeqCst)
    }

    /// How long there has been nothing to do; `None` if there is, or was nothing yet.
    #[cfg(target_os = "linux")]
    pub fn idle_time(&self) -> Option<Duration> {
        let answered = *lock(&self.answered);
        answered.filter(|_| !self.is_running() && lock(&self.jobs).is_empty()).map(|answered| answered.elapsed())
    }

    /// What was run so far.
    pub fn history(&self) -> MutexGuard<'_, History> {
        lock(&self.history)
    }

    /// From now on, an interrupt is for the cell that is about to run.
    fn begin_cell(&self) {
        if let Some(interrupter) = &*lock(&self.interrupter) {
            interrupter.forget_interrupts();
        }
        self.is_running.store(true, Ordering::SeqCst);
    }

    /// Interrupts the cell that runs; does nothing when none does.
    pub fn interrupt(&self) {
        if self.is_running()
            && let Some(interrupter) = &*lock(&self.interrupter)
        {
            interrupter.interrupt();
        }
    }

    fn next_job(&self) -> Job {
        let mut jobs = lock(&self.jobs);
        loop {
            if let Some(job) = jobs.pop_front() {
                return job;
            }
            jobs = self.job_came.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the cells that wait to be run.
    fn take_waiting_cells(&self) -> Vec<JupyterMessage> {
        let mut jobs = lock(&self.jobs);
        let (cells, others): (VecDeque<Job>, VecDeque<Job>) =
            jobs.drain(..).partition(|job| matches!(job, Job::Execute(..)));
        *jobs = others;
        let message = |job| match job {
            Job::Execute(message, _) | Job::Complete(message, _) | Job::Inspect(message, _) => *message,
        };
        cells.into_iter().map(message).collect()
    }
}

/// The interpreter of a notebook.
pub struct Interpreter {
    folder: Folder,
    workdir: PathBuf,
    shared: Arc<Shared>,
    outgoing: Outgoing,
    /// Answers to the questions of cells.
    answers: Receiver<String>,
    /// `None` until it has been started, and when it could not be.
    worker: Option<Worker>,
    execution_count: usize,
}

impl Interpreter {
    /// For cells that run in `workdir`; evcxr works in `folder`.
    pub fn new(
        folder: Folder,
        workdir: PathBuf,
        shared: Arc<Shared>,
        outgoing: Outgoing,
        answers: Receiver<String>,
    ) -> Self {
        Interpreter { folder, workdir, shared, outgoing, answers, worker: None, execution_count: 0 }
    }

    /// Does what it is asked for, until the process ends; by `worker`, if there is one already.
    pub fn serve(mut self, worker: Option<Worker>) -> ! {
        let mut failure = match worker {
            Some(worker) => {
                self.take_worker(worker);
                None
            }
            // Before anybody asks for it: the first cell need not wait as long.
            None => self.start_worker().err(),
        };
        loop {
            let job = self.shared.next_job();
            if self.worker.as_ref().is_none_or(Worker::is_lost) {
                failure = self.start_worker().err();
            }
            match job {
                Job::Execute(message, request) => self.answer(&message, |this| {
                    let reply = match failure.take() {
                        Some(error) => this.failed(&message, &Failure::not_started(&error), this.execution_count + 1),
                        None => this.execute(&message, &request),
                    };
                    let failed = reply.status == ReplyStatus::Error;
                    this.outgoing.reply(&message, reply);
                    failed && request.stop_on_error
                }),
                Job::Complete(message, request) => self.answer(&message, |this| {
                    this.outgoing.reply(&message, this.complete(&request));
                    false
                }),
                Job::Inspect(message, request) => self.answer(&message, |this| {
                    this.outgoing.reply(&message, this.inspect(request));
                    false
                }),
            }
        }
    }

    /// Answers a request by `work`; if that says so, the cells that wait are not run.
    fn answer(&mut self, message: &JupyterMessage, work: impl FnOnce(&mut Self) -> bool) {
        self.outgoing.publish(Some(message), Status::busy());
        let abort = work(self);
        // Before anybody knows that this cell has ended, and sends the next.
        let waiting = if abort { self.shared.take_waiting_cells() } else { Vec::new() };
        self.outgoing.publish(Some(message), Status::idle());
        *lock(&self.shared.answered) = Some(Instant::now());
        for message in waiting {
            self.outgoing.publish(Some(&message), Status::busy());
            let reply = ExecuteReply {
                status: ReplyStatus::Aborted,
                // It was not run: notebooks show no number in place of 0.
                execution_count: ExecutionCount::new(0),
                user_expressions: Some(HashMap::new()),
                ..ExecuteReply::default()
            };
            self.outgoing.reply(&message, reply);
            self.outgoing.publish(Some(&message), Status::idle());
        }
    }

    fn start_worker(&mut self) -> anyhow::Result<()> {
        self.worker = None;
        self.take_worker(Worker::start(&self.folder, &self.workdir)?);
        Ok(())
    }

    fn take_worker(&mut self, worker: Worker) {
        *lock(&self.shared.interrupter) = Some(worker.interrupter());
        self.worker = Some(worker);
    }

    fn execute(&mut self, message: &JupyterMessage, request: &ExecuteRequest) -> ExecuteReply {
        let remembered = request.store_history && !request.silent;
        let count = self.execution_count + 1;
        if remembered {
            self.execution_count = count;
        }
        // Before anybody is told that it runs.
        self.shared.begin_cell();
        if !request.silent {
            let input = ExecuteInput { code: request.code.clone(), execution_count: ExecutionCount::new(count) };
            self.outgoing.publish(Some(message), input);
        }
        let asked = request.allow_stdin.then_some(&self.answers);
        let mut shown = Shown::new(&self.outgoing, message, request.silent, asked, &self.shared);
        let result = Self::run(&mut self.worker, &self.shared, &request.code, &mut shown);
        if let Some(failure) = &result.failure {
            if remembered {
                self.shared.history().add(count, &request.code, "");
            }
            return match request.silent {
                true => failed_reply(failure.to_output(count), count),
                false => self.failed(message, failure, count),
            };
        }
        let data = cells::media(result.content);
        if remembered {
            self.shared.history().add(count, &request.code, plain_text(&data));
        }
        if !data.content.is_empty() && !request.silent {
            let result = ExecuteResult {
                // Schemas ask for an object.
                transient: Some(Transient::default()),
                ..ExecuteResult::new(ExecutionCount::new(count), data)
            };
            self.outgoing.publish(Some(message), result);
        }
        let expressions = request.user_expressions.iter().flatten();
        let user_expressions = expressions.map(|(name, code)| (name.clone(), self.evaluate(message, code))).collect();
        ExecuteReply {
            execution_count: ExecutionCount::new(count),
            user_expressions: Some(user_expressions),
            ..ExecuteReply::default()
        }
    }

    /// Runs code that [has begun](Shared::begin_cell).
    fn run(worker: &mut Option<Worker>, shared: &Shared, code: &str, watch: &mut impl Watch) -> CellResult {
        let result = match worker {
            Some(worker) => worker.execute(code, None, watch),
            None => CellResult { content: Vec::new(), failure: Some(Failure::lost()) },
        };
        shared.is_running.store(false, Ordering::SeqCst);
        result
    }

    /// The value of an expression that came along with a cell.
    fn evaluate(&mut self, message: &JupyterMessage, code: &str) -> ExpressionResult {
        let mut hidden = Shown::new(&self.outgoing, message, true, None, &self.shared);
        self.shared.begin_cell();
        let result = Self::run(&mut self.worker, &self.shared, code, &mut hidden);
        match result.failure {
            None => ExpressionResult::Ok { data: cells::media(result.content), metadata: Default::default() },
            Some(failure) => {
                let error = failure.to_output(self.execution_count);
                ExpressionResult::Error { ename: error.ename, evalue: error.evalue, traceback: error.traceback }
            }
        }
    }

    /// Shows a failure, and makes the reply that tells of it.
    fn failed(&self, message: &JupyterMessage, failure: &Failure, count: usize) -> ExecuteReply {
        let error = failure.to_output(count);
        let shown = ErrorOutput {
            ename: error.ename.clone(),
            evalue: error.evalue.clone(),
            traceback: error.traceback.clone(),
        };
        self.outgoing.publish(Some(message), shown);
        failed_reply(error, count)
    }

    fn complete(&self, request: &CompleteRequest) -> CompleteReply {
        let code = &request.code;
        let position = byte_of(code, request.cursor_pos);
        let found = self.worker.as_ref().and_then(|worker| worker.complete(code.clone(), position));
        match found {
            Some(Completions { matches, replaced }) => CompleteReply {
                matches,
                cursor_start: code_point_of(code, replaced.start),
                cursor_end: code_point_of(code, replaced.end),
                ..CompleteReply::default()
            },
            None => no_completions(request),
        }
    }

    fn inspect(&self, request: InspectRequest) -> InspectReply {
        let position = identifier_end(&request.code, byte_of(&request.code, request.cursor_pos));
        let found = self.worker.as_ref().and_then(|worker| worker.inspect(request.code, position));
        match found {
            Some((plain, html)) if !plain.is_empty() => InspectReply {
                found: true,
                data: Media { content: vec![MediaType::Plain(plain), MediaType::Html(html)] },
                ..InspectReply::default()
            },
            _ => InspectReply::default(),
        }
    }
}

/// The reply that nothing could stand at the cursor.
pub fn no_completions(request: &CompleteRequest) -> CompleteReply {
    CompleteReply { cursor_start: request.cursor_pos, cursor_end: request.cursor_pos, ..CompleteReply::default() }
}

/// The end of the identifier that `position` lies in: its whole name is what is asked about.
fn identifier_end(code: &str, position: usize) -> usize {
    let rest = &code[position..];
    position + rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
}

fn failed_reply(error: nbformat::v4::ErrorOutput, count: usize) -> ExecuteReply {
    ExecuteReply {
        status: ReplyStatus::Error,
        execution_count: ExecutionCount::new(count),
        user_expressions: Some(HashMap::new()),
        error: Some(Box::new(ReplyError { ename: error.ename, evalue: error.evalue, traceback: error.traceback })),
        ..ExecuteReply::default()
    }
}

fn plain_text(data: &Media) -> &str {
    let plain = data.content.iter().find_map(|media| match media {
        MediaType::Plain(text) => Some(text.as_str()),
        _ => None,
    });
    plain.unwrap_or_default()
}

/// A cell that is shown in the notebook while it runs.
struct Shown<'a> {
    outgoing: &'a Outgoing,
    message: &'a JupyterMessage,
    silent: bool,
    /// Whom to ask; `None` if nobody wants to be.
    answers: Option<&'a Receiver<String>>,
    shared: &'a Shared,
}

/// Whether nbgrader runs the notebook. A test that writes anything to standard error has failed for it, and a failure of ours is an
/// error output anyway.
fn graded_by_nbgrader() -> bool {
    std::env::var_os("NBGRADER_EXECUTION").is_some()
}

impl<'a> Shown<'a> {
    fn new(
        outgoing: &'a Outgoing,
        message: &'a JupyterMessage,
        silent: bool,
        answers: Option<&'a Receiver<String>>,
        shared: &'a Shared,
    ) -> Self {
        Shown { outgoing, message, silent, answers, shared }
    }
}

impl Watch for Shown<'_> {
    fn text(&mut self, stream: Stream, text: &str) {
        if self.silent {
            return;
        }
        let name = match stream {
            Stream::Stdout => Stdio::Stdout,
            Stream::Stderr if graded_by_nbgrader() => Stdio::Stdout,
            Stream::Stderr => Stdio::Stderr,
        };
        self.outgoing.publish(Some(self.message), StreamContent { name, text: text.to_owned() });
    }

    fn display(&mut self, display: Display) {
        if self.silent {
            return;
        }
        let content: JupyterMessageContent = match display {
            Display::Show { id, content } => {
                let transient = Some(Transient { display_id: id });
                DisplayData { transient, ..DisplayData::new(cells::media(content)) }.into()
            }
            Display::Update { id, content } => UpdateDisplayData::new(cells::media(content), &id).into(),
            Display::Clear { wait } => ClearOutput { wait }.into(),
        };
        self.outgoing.publish(Some(self.message), content);
    }

    fn input(&mut self, prompt: &str, is_password: bool) -> String {
        let Some(answers) = self.answers else { return String::new() };
        // An answer that came too late for an earlier question.
        while answers.try_recv().is_ok() {}
        let question = InputRequest { prompt: prompt.to_owned(), password: is_password };
        let _ = self.outgoing.stdin.send(JupyterMessage::new(question, Some(self.message)));
        loop {
            match answers.recv_timeout(Duration::from_millis(50)) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => return String::new(),
                Err(RecvTimeoutError::Timeout) => {
                    let interrupted = lock(&self.shared.interrupter).as_ref().is_some_and(Interrupter::is_interrupted);
                    if interrupted {
                        return String::new();
                    }
                }
            }
        }
    }
}
