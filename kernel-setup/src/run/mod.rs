//! `nnkernel run`: a notebook from its first cell to its last, without Jupyter.

mod outputs;
pub mod terminal;

use crate::assignment::{self, Assignment};
use crate::cells::{CellResult, Display, Failure, Stream, Watch, Worker};
use crate::cli;
use crate::html;
use crate::notebook;
use crate::passes::{clear_outputs, strip_hidden_tests};
use crate::paths;
use crate::session;
use anyhow::{Context, Result, anyhow};
use nbformat::v4;
use outputs::Outputs;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use terminal::Terminal;

/// A cell failed.
const CELL_FAILED: u8 = 1;
/// A cell ran past its time; the status that `timeout` of GNU coreutils uses.
const TIMED_OUT: u8 = 124;

/// Runs the notebook that `options` name and writes what came of it.
pub fn run(options: &cli::Run) -> Result<ExitCode> {
    // An interpreter changes this process's folder, so paths are made absolute first.
    let path = std::path::absolute(notebook::find(&options.notebook, session::checkout().as_deref())?)?;
    let out = std::path::absolute(&options.out)?;
    let name = path.file_stem().context("the notebook has no name")?.to_string_lossy().into_owned();
    let target = Target { notebook: out.join(format!("{name}.ipynb")), html: out.join(format!("{name}.html")), name };
    run_to(&path, &target, options)
}

/// Runs the notebook at `path`, which is absolute, and writes what came of it to `target`.
pub fn run_to(path: &Path, target: &Target, options: &cli::Run) -> Result<ExitCode> {
    let mut document = notebook::read(path)?;
    prepare(&mut document, path)?;
    for file in [&target.notebook, &target.html] {
        paths::create_dir(file.parent().context("the executed notebook has no folder to go to")?)?;
    }
    let terminal = Terminal::new();
    let outcome = execute(&mut document, path, target, options, &terminal)?;

    notebook::write(&document, &target.notebook)?;
    terminal.note(&format!("wrote {}", relative(&target.notebook).display()));
    if options.html {
        paths::write_atomically(&target.html, html::page(&document, &target.name).as_bytes())?;
        terminal.note(&format!("wrote {}", relative(&target.html).display()));
    }
    Ok(match outcome {
        Outcome::Ran { failed: 0, .. } => ExitCode::SUCCESS,
        Outcome::Ran { .. } if options.allow_errors => ExitCode::SUCCESS,
        Outcome::Ran { .. } => ExitCode::from(CELL_FAILED),
        Outcome::TimedOut => ExitCode::from(TIMED_OUT),
    })
}

/// Where an executed notebook goes; the paths are absolute.
pub struct Target {
    /// What it is called in messages.
    pub name: String,
    /// The notebook.
    pub notebook: PathBuf,
    /// The page, if there is to be one.
    pub html: PathBuf,
}

enum Outcome {
    Ran { failed: usize },
    TimedOut,
}

fn execute(
    document: &mut v4::Notebook,
    path: &Path,
    target: &Target,
    options: &cli::Run,
    terminal: &Terminal,
) -> Result<Outcome> {
    let workdir = path.parent().context("the notebook lies in no folder")?;
    let started = Instant::now();
    let withheld = assignment::withheld(document)?;
    let folder = session::SessionFolder::prepare(&withheld, session::Server::Ours, &|| terminal.announce_build())?;
    let mut worker = terminal.waiting("starting Rust with nnlib", || Worker::start(&folder.folder, workdir))?;
    terminal.note(&format!("{}: started in {:.1} s", target.name, started.elapsed().as_secs_f64()));

    let total = document.cells.iter().filter(|cell| runs(cell)).count();
    let mut count = 0;
    let mut failed = 0;
    for index in 0..document.cells.len() {
        if !runs(&document.cells[index]) {
            continue;
        }
        count += 1;
        let source = notebook::source(&document.cells[index]);
        terminal.cell_starts(count, total, &source);
        let cell_started = Instant::now();
        let mut seen = Seen { terminal, outputs: Outputs::default() };
        let result = worker.execute(&source, Some(Duration::from_secs(options.timeout)), &mut seen);
        let (CellResult { content, failure }, mut outputs) = (result, seen.outputs);
        if !content.is_empty() {
            terminal.cell_shows(&content);
            outputs.result(content, count);
        }
        if let Some(failure) = &failure {
            terminal.cell_failed(failure);
            outputs.error(failure, count);
        }
        terminal.cell_ends(cell_started.elapsed());

        if let v4::Cell::Code { outputs: kept, execution_count, .. } = &mut document.cells[index] {
            *kept = outputs.finish();
            *execution_count = Some(count as i32);
        }
        // Written after every cell: whatever happens to a later one, this much is kept.
        notebook::write(document, &target.notebook)?;

        match failure {
            None => {}
            Some(Failure { timed_out: true, .. }) => {
                worker.abandon();
                return Ok(Outcome::TimedOut);
            }
            Some(_) => {
                failed += 1;
                if !options.allow_errors {
                    break;
                }
            }
        }
    }
    terminal.note(&format!("{count} of {total} cells, {failed} failed, {:.0} s", started.elapsed().as_secs_f64()));
    worker.stop();
    Ok(Outcome::Ran { failed })
}

/// Clears what an earlier run left, leaves out verdicts, and says which kernel this one has: the source of an assignment, that of the assignment.
fn prepare(document: &mut v4::Notebook, path: &Path) -> Result<()> {
    clear_outputs::clear(document);
    let is_source = path.extension() == Some(OsStr::new("rs"));
    if is_source {
        strip_hidden_tests::strip_verdicts(document).map_err(|fault| anyhow!("{fault}"))?;
    }
    if is_source && let Some(assignment) = Assignment::around(path)? {
        assignment::mark(document, &assignment);
    } else if assignment::withheld(document)?.is_empty() {
        let ours = notebook::kernel_metadata();
        document.metadata.kernelspec = ours.kernelspec;
        document.metadata.language_info = ours.language_info;
    }
    document.nbformat_minor = 5;
    Ok(())
}

fn runs(cell: &v4::Cell) -> bool {
    matches!(cell, v4::Cell::Code { .. }) && !notebook::source(cell).trim().is_empty()
}

/// A cell that is seen at the terminal and kept in the notebook.
struct Seen<'a> {
    terminal: &'a Terminal,
    outputs: Outputs,
}

impl Watch for Seen<'_> {
    fn text(&mut self, stream: Stream, text: &str) {
        self.terminal.cell_says(text);
        self.outputs.text(stream, text);
    }

    fn display(&mut self, display: Display) {
        match &display {
            Display::Show { id: None, content } => self.terminal.cell_shows(content),
            Display::Show { id: Some(_), content } | Display::Update { content, .. } => {
                self.terminal.cell_is_at(content);
            }
            Display::Clear { .. } => {}
        }
        self.outputs.display(display);
    }

    fn input(&mut self, _prompt: &str, _is_password: bool) -> String {
        // Nobody is there to ask.
        String::new()
    }
}

/// A path as the person at the terminal would type it.
pub fn relative(path: &Path) -> PathBuf {
    // The current folder is the interpreter's by now; the shell's is in its own variable.
    let shell = env::var_os("PWD").map(PathBuf::from);
    shell.and_then(|shell| path.strip_prefix(shell).map(Path::to_owned).ok()).unwrap_or_else(|| path.to_owned())
}
