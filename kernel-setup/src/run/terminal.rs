//! What `run` shows at the terminal: each cell as it starts, what it writes, and how long it took.

use crate::cells::{Content, Failure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::io::IsTerminal;
use std::time::Duration;

/// The terminal, or whatever standard error is.
pub struct Terminal {
    /// A line that is redrawn while something takes its time; hidden where there is no terminal.
    status: ProgressBar,
    color: bool,
    /// The line that the cell has begun and not ended.
    unfinished: RefCell<String>,
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
        let color = is_terminal && std::env::var_os("NO_COLOR").is_none();
        Terminal { status, color, unfinished: RefCell::default() }
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

    /// What the cell writes; shown by line.
    pub fn cell_says(&self, text: &str) {
        for piece in text.split_inclusive('\n') {
            let mut unfinished = self.unfinished.borrow_mut();
            unfinished.push_str(piece);
            if piece.ends_with('\n') {
                self.line(unfinished.trim_end_matches('\n'));
                unfinished.clear();
            }
        }
    }

    fn finish_line(&self) {
        let unfinished = self.unfinished.take();
        if !unfinished.is_empty() {
            self.line(&unfinished);
        }
    }

    /// Of a line that overwrites itself, what is seen in the end.
    fn line(&self, line: &str) {
        let line = line.trim_end_matches('\r');
        self.note(&format!("    {}", line.rsplit_once('\r').map_or(line, |(_, last)| last)));
    }

    /// Something other than text.
    pub fn cell_shows(&self, content: &Content) {
        self.finish_line();
        match plain_text(content) {
            Some(text) => text.lines().for_each(|line| self.line(line)),
            None => self.line("(a picture)"),
        }
    }

    /// Something that changes while the cell runs, as a progress bar does: on the status line.
    pub fn cell_is_at(&self, content: &Content) {
        if let Some(text) = plain_text(content) {
            self.status.set_message(text.lines().next().unwrap_or_default().to_owned());
        }
    }

    /// The cell failed.
    pub fn cell_failed(&self, failure: &Failure) {
        self.finish_line();
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
        self.finish_line();
        if took >= Duration::from_secs(2) {
            self.line(&format!("({:.1} s)", took.as_secs_f64()));
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

fn plain_text(content: &Content) -> Option<&str> {
    content.iter().find(|(mime_type, _)| mime_type == "text/plain").map(|(_, text)| text.as_str())
}
