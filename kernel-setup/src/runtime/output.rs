//! Where a cell's output goes, and what evcxr is told of the cell.

use super::ending::Ending;
use super::framed::Framed;
use super::plain::Plain;
use std::io::{self, Write};
use std::path::Path;

/// What evcxr waits for when it runs a cell.
pub const EXECUTION_COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
/// Before the MIME type of rich content, on a line of their own.
pub const BEGIN_CONTENT: &str = "EVCXR_BEGIN_CONTENT ";
/// The line after rich content.
pub const END_CONTENT: &str = "EVCXR_END_CONTENT";

/// The way out of the supervisor.
pub enum Output {
    /// To evcxr's own server; and while evcxr starts.
    Plain(Plain),
    /// To a server of ours.
    Framed(Framed),
}

impl Output {
    pub fn new() -> Self {
        Output::Plain(Plain::new())
    }

    /// A cell begins. From the first that finds a nonce in `nonce_file`, output is framed: evcxr evaluates something
    /// while it starts, of which nobody wants to be told.
    pub fn begin(&mut self, nonce_file: Option<&Path>) {
        if let Output::Plain(_) = self
            && let Some(nonce) = nonce_file.and_then(|path| std::fs::read_to_string(path).ok())
        {
            *self = Output::Framed(Framed::new(nonce));
        }
    }

    /// How the cell has ended, if its code has returned.
    pub fn ending(&self) -> Ending {
        match self {
            Output::Plain(plain) => plain.ending(),
            Output::Framed(framed) => framed.ending(),
        }
    }

    /// Passes on what a cell wrote to standard output.
    pub fn stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Output::Plain(plain) => plain.stdout(bytes),
            Output::Framed(framed) => framed.stdout(bytes),
        }
    }

    /// Passes on what a cell wrote to standard error.
    pub fn stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Output::Plain(_) => io::stderr().write_all(bytes),
            Output::Framed(framed) => framed.stderr(bytes),
        }
    }

    /// The cell's code has returned, and what it did stays: says so.
    pub fn complete(&mut self, stopped: bool) -> io::Result<()> {
        match self {
            Output::Plain(plain) => plain.complete()?,
            Output::Framed(framed) => framed.complete(stopped)?,
        }
        complete()
    }

    /// The cell has failed and is undone: says so, in a way that evcxr undoes it too. A line that is not UTF-8 makes it
    /// give the cell up and keep what it knew before.
    pub fn undo(&mut self, ending: Ending) -> io::Result<()> {
        self.fail(ending)?;
        refuse()
    }

    /// The process that runs cells has ended, and there is no other: reports that.
    pub fn lost(&mut self, ending: Ending) -> io::Result<()> {
        self.fail(ending)
    }

    fn fail(&mut self, ending: Ending) -> io::Result<()> {
        match self {
            Output::Plain(plain) => plain.fail(),
            Output::Framed(framed) => framed.fail(ending),
        }
    }
}

/// Makes evcxr keep what the cell did.
pub fn complete() -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{EXECUTION_COMPLETE}")?;
    out.flush()
}

/// Makes evcxr give the cell up.
pub fn refuse() -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(b"\xff\n")?;
    out.flush()
}
