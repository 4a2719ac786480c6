//! What `run` shows at the terminal: each cell as it starts, what it writes, and how long it took.

use crate::cells::Failure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nbformat::v4;
use std::io::IsTerminal;
use std::time::Duration;

/// The terminal, or whatever standard error is.
pub struct Terminal {
    /// A line that is redrawn while something takes its time; hidden where there is no terminal.
    status: ProgressBar,
    color: bool,
}

/// What is said before nnlib is compiled for notebooks; cargo's own lines follow.
pub const BUILD_NOTICE: &str = "compiling nnlib for notebooks: once, about two minutes on two cores";

/// More of a cell's first line than this does not fit beside the rest.
const TITLE_WIDTH: usize = 70;

impl Terminal {
    /// Standard error, with a status line if it is a terminal.
    pub fn new() -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let status = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        status.set_style(style);
        Terminal { status, color: is_terminal && std::env::var_os("NO_COLOR").is_none() }
    }

    /// A line of its own.
    pub fn note(&self, text: &str) {
        self.status.suspend(|| eprintln!("{text}"));
    }

    /// Runs `work` with the status line showing `what`.
    pub fn waiting<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        self.show_status(what);
        let result = work();
        self.hide_status();
        result
    }

    /// Says that nnlib has to be compiled first.
    pub fn announce_build(&self) {
        self.note(BUILD_NOTICE);
    }

    /// A cell starts.
    pub fn cell_starts(&self, number: usize, total: usize, source: &str) {
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        let first = source.lines().find(is_code).or_else(|| source.lines().next()).unwrap_or_default().trim();
        let mut title: String = first.chars().take(TITLE_WIDTH).collect();
        if title.len() < first.len() || source.trim().lines().count() > 1 {
            title.push_str(" …");
        }
        let width = total.to_string().len();
        self.note(&format!("[{number:>width$}/{total}] {title}"));
        self.status.reset_elapsed();
        self.show_status("running");
    }

    /// A line that the cell writes.
    pub fn cell_says(&self, line: &str) {
        self.note(&format!("    {line}"));
    }

    /// The value of the cell's last expression.
    pub fn cell_shows(&self, output: &v4::Output) {
        use jupyter_protocol::MediaType;
        let v4::Output::ExecuteResult(result) = output else { return };
        let plain = result.data.content.iter().find_map(|media| match media {
            MediaType::Plain(text) => Some(text),
            _ => None,
        });
        match plain {
            Some(text) => text.lines().for_each(|line| self.cell_says(line)),
            None => self.cell_says("(a picture)"),
        }
    }

    /// The cell failed.
    pub fn cell_failed(&self, failure: &Failure) {
        let place = failure.line.map(|line| format!(" at line {line} of the cell")).unwrap_or_default();
        let name = if self.color { format!("\u{1b}[1;31m{}\u{1b}[0m", failure.name) } else { failure.name.to_owned() };
        self.note(&format!("  {name}{place}: {}", failure.message));
        for line in &failure.details {
            self.note(&format!("    {line}"));
        }
    }

    /// The cell has ended.
    pub fn cell_ends(&self, took: Duration) {
        self.hide_status();
        if took >= Duration::from_secs(2) {
            self.cell_says(&format!("({:.1} s)", took.as_secs_f64()));
        }
    }

    fn show_status(&self, message: &str) {
        self.status.set_message(message.to_owned());
        self.status.enable_steady_tick(Duration::from_millis(120));
    }

    fn hide_status(&self) {
        self.status.disable_steady_tick();
        self.status.set_message("");
        self.status.suspend(|| {});
    }
}
