//! What evcxr gets to read of a cell's output, and the reports of how cells ended.
//!
//! - evcxr's marker for a panic or an early `?` is found even behind a line that the cell left unfinished
//!   (`print!("…"); panic!()`), where evcxr itself would miss it.
//! - Invalid UTF-8 is replaced: it would end evcxr's reading of the cell.

use super::report::{self, Ending};
use super::variable;
use std::io::{self, Write};
use std::{env, fs};

const EXECUTION_COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const PANIC_NOTIFICATION: &str = "EVCXR_PANIC_NOTIFICATION";
const ERROR_OCCURRED: &str = "EVCXR_ERROR_OCCURRED";
const VARIABLE_CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
const BEGIN_CONTENT: &str = "EVCXR_BEGIN_CONTENT ";
const END_CONTENT: &str = "EVCXR_END_CONTENT";

/// The way to evcxr, and what is known of the cell that runs.
pub struct Output {
    out: io::StdoutLock<'static>,
    /// What standard output holds beyond its last whole line.
    pending: Vec<u8>,
    stderr_at_line_start: bool,
    /// Known once its file is there.
    nonce: Option<String>,
    ending: Ending,
    /// evcxr runs the cell again when a variable has changed its type: this run is not its last.
    will_run_again: bool,
    /// evcxr reads rich content until it is closed.
    in_content: bool,
}

impl Output {
    pub fn new() -> Self {
        Output {
            out: io::stdout().lock(),
            pending: Vec::new(),
            stderr_at_line_start: true,
            nonce: None,
            ending: Ending::Completed,
            will_run_again: false,
            in_content: false,
        }
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

    /// Passes on what a cell wrote to standard error.
    pub fn stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(last) = bytes.last() else { return Ok(()) };
        self.stderr_at_line_start = *last == b'\n';
        io::stderr().write_all(bytes)
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        let line = String::from_utf8_lossy(line);
        // The cell's own, whoever ends the cell says so himself.
        if line == EXECUTION_COMPLETE {
            return self.plain(&format!("\u{200b}{line}"));
        }
        self.will_run_again |= line.starts_with(VARIABLE_CHANGED_TYPE);
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

    /// The cell's code has returned, and what it did stays: says so.
    pub fn complete(&mut self) -> io::Result<()> {
        self.finish()?;
        // Without a checkpoint, a cell that failed stays as well, but for the variables that it did not come to define.
        match self.ending {
            Ending::Panicked => self.plain(PANIC_NOTIFICATION)?,
            Ending::ReturnedError => self.plain(ERROR_OCCURRED)?,
            _ => {}
        }
        if !self.will_run_again {
            self.report(self.ending)?;
        }
        self.next_cell();
        self.plain(EXECUTION_COMPLETE)?;
        self.out.flush()
    }

    /// The cell has failed and is undone: says so, in a way that evcxr undoes it too. A line that is not UTF-8 makes it
    /// give the cell up and keep what it knew before.
    pub fn undo(&mut self, ending: Ending) -> io::Result<()> {
        self.finish()?;
        self.report(ending)?;
        self.next_cell();
        self.out.write_all(b"\xff\n")?;
        self.out.flush()
    }

    /// The process that runs cells has ended, and there is no other: reports that.
    pub fn lost(&mut self, ending: Ending) -> io::Result<()> {
        self.finish()?;
        self.report(ending)?;
        self.out.flush()
    }

    fn next_cell(&mut self) {
        self.ending = Ending::Completed;
        self.will_run_again = false;
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
}
