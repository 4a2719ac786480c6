//! A cell's output for a server of ours: in [frames](super::frame), as it comes.
//!
//! evcxr itself gets to read no more than what it must act on: questions to whoever runs the cell, and variables that have
//! changed their type.

use super::ending::Ending;
use super::frame::Frame;
use super::markers::{ERROR_OCCURRED, PANIC_NOTIFICATION, VARIABLE_CHANGED_TYPE};
use super::text::{Decoder, held_back};
use std::io::{self, Write};

/// How a line begins by which a cell asks for a line; what follows is the prompt.
const INPUT_REQUEST: &str = "EVCXR_INPUT_REQUEST";

/// The way to our server, and what is known of the cell that runs.
pub struct Framed {
    /// Before each frame, and before each of the words by which a cell tells how it ended.
    nonce: String,
    stdout: Decoder,
    stderr: Decoder,
    /// Of standard output, what may be the beginning of something that is not for the notebook.
    held: String,
    /// The last that was passed on ended a line.
    at_line_start: bool,
    ending: Ending,
    /// evcxr runs the cell again when a variable has changed its type: this run is not its last.
    will_run_again: bool,
}

impl Framed {
    pub fn new(nonce: String) -> Self {
        Framed {
            nonce,
            stdout: Decoder::default(),
            stderr: Decoder::default(),
            held: String::new(),
            at_line_start: true,
            ending: Ending::Completed,
            will_run_again: false,
        }
    }

    pub fn ending(&self) -> Ending {
        self.ending
    }

    pub fn stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = self.stderr.decode(bytes);
        self.send(Frame::Stderr(text))
    }

    pub fn stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = self.stdout.decode(bytes);
        self.held.push_str(&text);
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_str();
        while let Some(start) = self.special(rest) {
            self.pass(&rest[..start])?;
            let Some((line, after)) = rest[start..].split_once('\n') else {
                self.held = rest[start..].to_owned();
                return Ok(());
            };
            self.act_on(line)?;
            rest = after;
        }
        let (sure, unsure) = rest.split_at(rest.len() - self.unsure(rest));
        self.pass(sure)?;
        self.held = unsure.to_owned();
        Ok(())
    }

    /// Where in `text` the first line, or end of a line, starts that is not for the notebook.
    fn special(&self, text: &str) -> Option<usize> {
        let word = text.find(&self.nonce);
        let question = if self.at_line_start && text.starts_with(INPUT_REQUEST) {
            Some(0)
        } else {
            text.find(&format!("\n{INPUT_REQUEST}")).map(|position| position + 1)
        };
        word.into_iter().chain(question).min()
    }

    /// How many bytes at the end of `text` may become such a thing.
    fn unsure(&self, text: &str) -> usize {
        let line = text.rfind('\n').map_or(0, |position| position + 1);
        let is_line_start = line > 0 || self.at_line_start;
        if is_line_start && INPUT_REQUEST.starts_with(&text[line..]) {
            return text.len() - line;
        }
        held_back(text, &self.nonce)
    }

    fn act_on(&mut self, line: &str) -> io::Result<()> {
        let word = line.strip_prefix(&self.nonce);
        match word {
            Some(PANIC_NOTIFICATION) => self.ending = Ending::Panicked,
            Some(ERROR_OCCURRED) => self.ending = Ending::ReturnedError,
            _ => {
                self.will_run_again |= word.is_some_and(|word| word.starts_with(VARIABLE_CHANGED_TYPE));
                let mut out = io::stdout();
                writeln!(out, "{}", word.unwrap_or(line))?;
                out.flush()?;
            }
        }
        self.at_line_start = true;
        Ok(())
    }

    fn pass(&mut self, text: &str) -> io::Result<()> {
        if let Some(last) = text.bytes().last() {
            self.at_line_start = last == b'\n';
        }
        self.send(Frame::Stdout(text.to_owned()))
    }

    fn send(&self, frame: Frame) -> io::Result<()> {
        match &frame {
            Frame::Stdout(text) | Frame::Stderr(text) if text.is_empty() => Ok(()),
            _ => io::stderr().write_all(frame.line(&self.nonce).as_bytes()),
        }
    }

    pub fn complete(&mut self, stopped: bool) -> io::Result<()> {
        let ending = match self.ending {
            Ending::Completed if stopped => Ending::Stopped,
            ending => ending,
        };
        // Without a checkpoint, a cell that failed stays, but for the variables that it did not come to define.
        let word = match ending {
            Ending::Panicked => Some(PANIC_NOTIFICATION),
            Ending::ReturnedError => Some(ERROR_OCCURRED),
            _ => None,
        };
        if let Some(word) = word {
            writeln!(io::stdout(), "{word}")?;
        }
        if self.will_run_again {
            self.next_cell();
            return Ok(());
        }
        self.fail(ending)
    }

    /// Passes on what is left of the cell's output, and how it has ended.
    pub fn fail(&mut self, ending: Ending) -> io::Result<()> {
        let rest = std::mem::take(&mut self.held) + &self.stdout.finish();
        self.pass(&rest)?;
        let rest = self.stderr.finish();
        self.send(Frame::Stderr(rest))?;
        self.next_cell();
        self.send(Frame::Ended(ending))
    }

    fn next_cell(&mut self) {
        self.held.clear();
        self.at_line_start = true;
        self.ending = Ending::Completed;
        self.will_run_again = false;
    }
}
