//! The five sockets of a kernel.
//!
//! Requests that need no interpreter are answered at once, whatever a cell is doing: what this kernel is, whether a cell
//! is complete, history, interrupt, shutdown. The others wait for their turn in the [interpreter]'s thread.

use super::completeness;
use super::interpreter::{self, Broadcast, Interpreter, Job, Outgoing, Shared};
use super::reading::read;
#[cfg(target_os = "linux")]
use super::spare;
use crate::cells::Worker;
use crate::cli;
use crate::processes;
use crate::run::terminal::BUILD_NOTICE;
use crate::session::{Server, SessionFolder, random_name, toolchain};
use anyhow::{Context, Result};
use jupyter_protocol::{
    CodeMirrorMode, CommInfoReply, ConnectionInfo, HelpLink, HistoryReply, InterruptReply, IoPubWelcome,
    JupyterMessage, JupyterMessageContent, KernelInfoReply, LanguageInfo, ReplyStatus, ShutdownReply, Status,
};
use jupyter_zmq_client::{
    KernelControlConnection, KernelHeartbeatConnection, KernelIoPubXPubConnection, SubscriptionEvent,
    create_kernel_control_connection, create_kernel_heartbeat_connection, create_kernel_iopub_xpub_connection,
    create_kernel_shell_connection, create_kernel_stdin_connection,
};
#[cfg(target_os = "linux")]
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Notify, oneshot};
use zeromq::{SocketRecv, SocketSend};

/// How long to wait after a message that could not be read, lest a broken socket keep the processor busy.
const AFTER_ERROR: Duration = Duration::from_millis(10);
/// How long a kernel before this one, on the same ports, may take to go.
const PREDECESSOR: Duration = Duration::from_secs(5);
/// How often to look whether the program that started this kernel is still there.
const PARENT_CHECK: Duration = Duration::from_secs(1);

/// What a kernel serves, and whom.
pub struct Service<'a> {
    /// Through which Jupyter connects.
    pub connection_file: &'a Path,
    /// The folder that cells run in.
    pub workdir: PathBuf,
    /// Modules of nnlib that are left out.
    pub withheld: Vec<String>,
    /// An interpreter for it, if one has been started before.
    pub prepared: Option<Prepared>,
    /// Who has started the kernel.
    pub starter: Starter,
}

/// An interpreter that has run no cell of a notebook.
pub struct Prepared {
    /// Where it works.
    pub session: SessionFolder,
    /// The interpreter.
    pub worker: Worker,
}

/// Who has started a kernel. When they are gone, it ends.
pub enum Starter {
    /// The process above this one.
    Parent,
    /// The process at the other end of this, which tells of signals too.
    #[cfg(target_os = "linux")]
    Front(UnixStream),
}

/// Serves the notebook that connects through the options' file.
pub fn serve(options: &cli::Kernel) -> Result<ExitCode> {
    serve_notebook(Service {
        connection_file: &options.connection_file,
        workdir: env::current_dir().context("the folder that the kernel was started in is gone")?,
        withheld: options.withhold.clone(),
        prepared: None,
        starter: Starter::Parent,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until a shutdown is asked for, or the program that started this kernel is gone.
pub fn serve_notebook(service: Service) -> Result<()> {
    let path = std::path::absolute(service.connection_file)?;
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read the connection file {}", path.display()))?;
    let connection: ConnectionInfo = serde_json::from_str(&text)
        .with_context(|| format!("{}: expected a connection file as Jupyter writes it", path.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let outcome = runtime.block_on(serve_sockets(&connection, service));
    // A task may wait for something that does not come any more.
    runtime.shutdown_background();
    outcome
}

async fn serve_sockets(connection: &ConnectionInfo, service: Service<'_>) -> Result<()> {
    let session = random_name();
    let sockets = "the ports that Jupyter chose cannot be listened on";
    let heartbeat = patiently(|| create_kernel_heartbeat_connection(connection)).await.context(sockets)?;
    let iopub = patiently(|| create_kernel_iopub_xpub_connection(connection, &session)).await.context(sockets)?;
    let shell = patiently(|| create_kernel_shell_connection(connection, &session)).await.context(sockets)?;
    let control = patiently(|| create_kernel_control_connection(connection, &session)).await.context(sockets)?;
    let stdin = patiently(|| create_kernel_stdin_connection(connection, &session)).await.context(sockets)?;

    let (shell_sender, mut replies) = unbounded_channel();
    let (iopub_sender, broadcasts) = unbounded_channel();
    let (stdin_sender, mut questions) = unbounded_channel();
    let outgoing = Outgoing { shell: shell_sender, iopub: iopub_sender, stdin: stdin_sender };
    let shared = Arc::new(Shared::default());
    let end = Arc::new(Notify::new());
    let (answer, answers) = channel();

    tokio::spawn(echo(heartbeat));
    tokio::spawn(broadcast(iopub, broadcasts));
    outgoing.publish(None, Status::starting());

    let (mut shell_out, mut shell_in) = shell.split();
    tokio::spawn(async move {
        while let Some(reply) = replies.recv().await {
            report(shell_out.send(reply).await);
        }
    });
    let (mut stdin_out, mut stdin_in) = stdin.split();
    tokio::spawn(async move {
        while let Some(question) = questions.recv().await {
            report(stdin_out.send(question).await);
        }
    });
    tokio::spawn(async move {
        loop {
            match read(&mut stdin_in).await {
                Ok(JupyterMessage { content: JupyterMessageContent::InputReply(reply), .. }) => {
                    let _ = answer.send(reply.value);
                }
                Ok(_) => {}
                Err(error) => unreadable(&error).await,
            }
        }
    });
    let requests = Requests { shared: Arc::clone(&shared), outgoing: outgoing.clone(), end: Arc::clone(&end) };
    let shell_requests = requests.clone();
    tokio::spawn(async move {
        loop {
            match read(&mut shell_in).await {
                Ok(message) => shell_requests.take(message),
                Err(error) => unreadable(&error).await,
            }
        }
    });
    tokio::spawn(serve_control(control, requests));
    let Service { workdir, withheld, prepared, starter, .. } = service;
    match starter {
        Starter::Parent => {
            tokio::spawn(watch_parent(Arc::clone(&end)));
            tokio::spawn(watch_signals(Arc::clone(&shared), Arc::clone(&end)));
        }
        #[cfg(target_os = "linux")]
        Starter::Front(control) => {
            let (shared, end) = (Arc::clone(&shared), Arc::clone(&end));
            thread::spawn(move || spare::obey(control, || shared.interrupt(), || end.notify_one()));
        }
    }
    #[cfg(target_os = "linux")]
    let _user = spare::join(&withheld, &workdir, &shared);

    // The session may have to compile nnlib first; requests wait, and this kernel can be told to end.
    let (ended, failed) = oneshot::channel();
    let (keep, kept) = channel();
    let prepare = move || match prepared {
        Some(Prepared { session, worker }) => Ok((session, Some(worker))),
        None => {
            let session = SessionFolder::prepare(&withheld, Server::Ours, &|| eprintln!("{BUILD_NOTICE}"))?;
            Ok((session, None))
        }
    };
    thread::spawn(move || match prepare() {
        Ok((session, worker)) => {
            let folder = session.folder.clone();
            let _ = keep.send(session);
            Interpreter::new(folder, workdir, shared, outgoing, answers).serve(worker)
        }
        Err(error) => {
            let _ = ended.send(error);
        }
    });
    let outcome = tokio::select! {
        () = end.notified() => Ok(()),
        Ok(error) = failed => Err(error),
    };
    // The interpreter and whatever it has started, a compiler or a cell. Then nothing writes into the session's folder any
    // more, and it is removed.
    processes::end_descendants(None);
    drop(kept.try_recv());
    outcome
}

/// Tries again for a while: a kernel that was ended a moment ago, to be started anew, may still be listening.
async fn patiently<T, F: Future<Output = jupyter_zmq_client::Result<T>>>(
    connect: impl Fn() -> F,
) -> jupyter_zmq_client::Result<T> {
    let started = Instant::now();
    loop {
        match connect().await {
            Err(_) if started.elapsed() < PREDECESSOR => tokio::time::sleep(PREDECESSOR / 50).await,
            outcome => return outcome,
        }
    }
}

/// Sends back what comes.
async fn echo(mut heartbeat: KernelHeartbeatConnection) {
    loop {
        match heartbeat.socket.recv().await {
            Ok(beat) => {
                let _ = heartbeat.socket.send(beat).await;
            }
            Err(_) => tokio::time::sleep(AFTER_ERROR).await,
        }
    }
}

/// Sends what everybody is to see, and welcomes those who come.
async fn broadcast(mut iopub: KernelIoPubXPubConnection, mut broadcasts: UnboundedReceiver<Broadcast>) {
    // Taken from the queue already, to see whether it could be joined to the one before.
    let mut next = None;
    loop {
        let message = match next.take() {
            Some(message) => message,
            None => tokio::select! {
                Some(message) = broadcasts.recv() => message,
                subscription = iopub.recv_subscription() => {
                    match subscription {
                        Ok(SubscriptionEvent::Subscribe(topic)) => {
                            let message = JupyterMessage::new(IoPubWelcome::new(topic.clone()), None);
                            report(iopub.send(message.with_zmq_identities(vec![topic.into_bytes().into()])).await);
                        }
                        Ok(SubscriptionEvent::Unsubscribe(_)) => {}
                        Err(error) => unreadable(&error.into()).await,
                    }
                    continue;
                }
            },
        };
        match message {
            Broadcast::Message(mut message) => {
                // A cell that writes faster than this is sent writes in fewer, longer pieces.
                while let Ok(following) = broadcasts.try_recv() {
                    match join(&mut message, following) {
                        None => {}
                        Some(other) => {
                            next = Some(other);
                            break;
                        }
                    }
                }
                report(iopub.send(*message).await);
            }
            Broadcast::Flush(done) => {
                let _ = done.send(());
            }
        }
    }
}

/// Appends `following` to `message` if both are output of one cell on one stream; else gives it back.
fn join(message: &mut JupyterMessage, following: Broadcast) -> Option<Broadcast> {
    const LONGEST: usize = 64 * 1024;
    if let Broadcast::Message(other) = &following
        && let (JupyterMessageContent::StreamContent(stream), JupyterMessageContent::StreamContent(more)) =
            (&mut message.content, &other.content)
        && matches!(
            (&stream.name, &more.name),
            (jupyter_protocol::Stdio::Stdout, jupyter_protocol::Stdio::Stdout)
                | (jupyter_protocol::Stdio::Stderr, jupyter_protocol::Stdio::Stderr)
        )
        && stream.text.len() < LONGEST
        && message.parent_header.as_ref().map(|header| &header.msg_id)
            == other.parent_header.as_ref().map(|header| &header.msg_id)
    {
        stream.text.push_str(&more.text);
        return None;
    }
    Some(following)
}

/// Answers requests that are urgent, one after the other.
async fn serve_control(mut control: KernelControlConnection, requests: Requests) {
    loop {
        let message = match read(&mut control).await {
            Ok(message) => message,
            Err(error) => {
                unreadable(&error).await;
                continue;
            }
        };
        let Some(reply) = requests.immediate(&message) else { continue };
        requests.outgoing.publish(Some(&message), Status::busy());
        let ends = matches!(reply, JupyterMessageContent::ShutdownReply(_));
        report(control.send(JupyterMessage::new(reply, Some(&message))).await);
        requests.outgoing.publish(Some(&message), Status::idle());
        if ends {
            requests.end().await;
        }
    }
}

/// Ends the kernel when the program that started it is gone.
async fn watch_parent(end: Arc<Notify>) {
    #[cfg(unix)]
    {
        let parent = rustix::process::getppid();
        while rustix::process::getppid() == parent {
            tokio::time::sleep(PARENT_CHECK).await;
        }
        end.notify_one();
    }
    #[cfg(not(unix))]
    let _ = (end, PARENT_CHECK);
}

/// An interrupt at a terminal interrupts the cell; the request to terminate ends the kernel.
async fn watch_signals(shared: Arc<Shared>, end: Arc<Notify>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => shared.interrupt(),
                _ = terminate.recv() => end.notify_one(),
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (shared, end);
}

/// What to do with requests.
#[derive(Clone)]
struct Requests {
    shared: Arc<Shared>,
    outgoing: Outgoing,
    end: Arc<Notify>,
}

impl Requests {
    /// Takes a request from the shell socket.
    fn take(&self, message: JupyterMessage) {
        if let Some(reply) = self.immediate(&message) {
            self.outgoing.publish(Some(&message), Status::busy());
            let ends = matches!(reply, JupyterMessageContent::ShutdownReply(_));
            self.outgoing.reply(&message, reply);
            self.outgoing.publish(Some(&message), Status::idle());
            if ends {
                let requests = self.clone();
                tokio::spawn(async move { requests.end().await });
            }
            return;
        }
        match message.content.clone() {
            JupyterMessageContent::ExecuteRequest(request) => {
                self.shared.push(Job::Execute(Box::new(message), request));
            }
            JupyterMessageContent::CompleteRequest(request) => {
                self.shared.push(Job::Complete(Box::new(message), request));
            }
            JupyterMessageContent::InspectRequest(request) => {
                self.shared.push(Job::Inspect(Box::new(message), request));
            }
            // Messages of widgets, which this kernel has none of, and of protocols to come.
            _ => {}
        }
    }

    /// The reply to a request that needs no interpreter, or cannot wait for it.
    fn immediate(&self, message: &JupyterMessage) -> Option<JupyterMessageContent> {
        Some(match &message.content {
            JupyterMessageContent::KernelInfoRequest(_) => kernel_info().into(),
            JupyterMessageContent::IsCompleteRequest(request) => completeness::of(&request.code).into(),
            JupyterMessageContent::HistoryRequest(request) => {
                HistoryReply::new(self.shared.history().find(request)).into()
            }
            JupyterMessageContent::CommInfoRequest(_) => CommInfoReply::default().into(),
            JupyterMessageContent::InterruptRequest(_) => {
                self.shared.interrupt();
                InterruptReply::new().into()
            }
            JupyterMessageContent::ShutdownRequest(request) => {
                ShutdownReply { restart: request.restart, status: ReplyStatus::Ok, error: None }.into()
            }
            // While a cell runs, the interpreter has no time for suggestions; a late one would be of no use.
            JupyterMessageContent::CompleteRequest(request) if self.shared.is_running() => {
                interpreter::no_completions(request).into()
            }
            JupyterMessageContent::InspectRequest(_) if self.shared.is_running() => {
                jupyter_protocol::InspectReply::default().into()
            }
            _ => return None,
        })
    }

    /// Ends the kernel, once what was said is on its way.
    async fn end(&self) {
        let (done, flushed) = oneshot::channel();
        let _ = self.outgoing.iopub.send(Broadcast::Flush(done));
        let _ = tokio::time::timeout(Duration::from_secs(1), flushed).await;
        self.end.notify_one();
    }
}

fn kernel_info() -> KernelInfoReply {
    let version = env!("CARGO_PKG_VERSION");
    // Whoever asks wants to know what else there is; that there is no compiler is said by the first cell.
    let rust = toolchain::rust_release().unwrap_or_default();
    let link = |text: &str, url: &str| HelpLink { text: text.to_owned(), url: url.to_owned() };
    KernelInfoReply {
        status: ReplyStatus::Ok,
        protocol_version: "5.4".to_owned(),
        implementation: "nnkernel".to_owned(),
        implementation_version: version.to_owned(),
        language_info: LanguageInfo {
            name: "rust".to_owned(),
            version: rust,
            mimetype: Some("text/rust".to_owned()),
            file_extension: Some(".rs".to_owned()),
            pygments_lexer: Some("rust".to_owned()),
            codemirror_mode: Some(CodeMirrorMode::Simple("rust".to_owned())),
            nbconvert_exporter: Some("script".to_owned()),
        },
        banner: format!("nnkernel {version}: Rust, with nnlib preloaded"),
        help_links: vec![
            link("The Rust Book", "https://doc.rust-lang.org/book/"),
            link("ndarray", "https://docs.rs/ndarray"),
        ],
        debugger: false,
        error: None,
    }
}

/// A message that could not be sent is one notebook's loss, and no reason to end.
fn report(sent: jupyter_zmq_client::Result<()>) {
    if let Err(error) = sent {
        eprintln!("nnkernel: a message could not be sent: {error}");
    }
}

/// A message that cannot be read, be it forged or of a protocol to come, is passed over.
async fn unreadable(error: &anyhow::Error) {
    eprintln!("nnkernel: a message could not be read: {error}");
    tokio::time::sleep(AFTER_ERROR).await;
}
