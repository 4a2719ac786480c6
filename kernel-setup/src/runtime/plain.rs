//! A cell's output for evcxr's own server, which reads it by line and shows it.
//!
//! - evcxr's marker for a panic or an early `?` is found even behind a line that the cell left unfinished
//!   (`print!("…"); panic!()`), where evcxr itself would miss it.
//! - Invalid UTF-8 is replaced: it would end evcxr's reading of the cell.

use super::ending::Ending;
use super::markers::{ERROR_OCCURRED, PANIC_NOTIFICATION};
use super::output::{BEGIN_CONTENT, END_CONTENT, EXECUTION_COMPLETE};
use std::io::{self, Write};

/// The way to evcxr, and what is known of the cell that runs.
pub struct Plain {
    out: io::Stdout,
    /// What standard output holds beyond its last whole line.
    pending: Vec<u8>,
    ending: Ending,
    /// evcxr reads rich content until it is closed.
    in_content: bool,
}

impl Plain {
    pub fn new() -> Self {
        Plain { out: io::stdout(), pending: Vec::new(), ending: Ending::Completed, in_content: false }
    }

    /// How the cell has ended, if its code has returned.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Passes on what a cell wrote to standard output, by line.
    pub fn stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut lines = pending.split(|&byte| byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            if lines.peek().is_none() {
                self.pending = line.to_vec();
            } else {
                self.line(line)?;
            }
        }
        self.out.flush()
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        let line = String::from_utf8_lossy(line);
        // The cell's own, whoever ends the cell says so himself.
        if line == EXECUTION_COMPLETE {
            return self.plain(&format!("\u{200b}{line}"));
        }
        for (marker, ending) in [(PANIC_NOTIFICATION, Ending::Panicked), (ERROR_OCCURRED, Ending::ReturnedError)] {
            if let Some(unfinished) = line.strip_suffix(marker) {
                self.ending = ending;
                return if unfinished.is_empty() { Ok(()) } else { self.plain(unfinished) };
            }
        }
        self.in_content = if self.in_content { line != END_CONTENT } else { line.contains(BEGIN_CONTENT) };
        self.plain(&line)
    }

    fn plain(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Passes on what is left of the cell's output.
    fn finish(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let rest = std::mem::take(&mut self.pending);
            self.line(&rest)?;
        }
        if std::mem::take(&mut self.in_content) {
            self.plain(END_CONTENT)?;
        }
        Ok(())
    }

    /// The cell's code has returned, and what it did stays: what is left of its output, and whether it failed.
    pub fn complete(&mut self) -> io::Result<()> {
        self.finish()?;
        // Without a checkpoint, a cell that failed stays as well, but for the variables that it did not come to define.
        match self.ending {
            Ending::Panicked => self.plain(PANIC_NOTIFICATION)?,
            Ending::ReturnedError => self.plain(ERROR_OCCURRED)?,
            _ => {}
        }
        self.ending = Ending::Completed;
        self.out.flush()
    }

    /// The cell has failed and is undone: what is left of its output.
    pub fn fail(&mut self) -> io::Result<()> {
        self.finish()?;
        self.ending = Ending::Completed;
        self.out.flush()
    }
}
