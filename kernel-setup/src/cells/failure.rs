//! How a cell failed, in words for the terminal and for the notebook.

use super::items::Plan;
use super::location;
use crate::runtime::ending::Ending;
use evcxr::{CompilationError, Error};
use nbformat::v4;
use std::time::Duration;

/// A failed cell.
#[derive(Debug)]
pub struct Failure {
    /// The kind of failure, in one word: what Jupyter calls the error's name.
    pub name: &'static str,
    /// What went wrong, in one line.
    pub message: String,
    /// The line of the cell, counted from 1, where it is known.
    pub line: Option<usize>,
    /// More about it: the cell's line, what the compiler points at, what may help.
    pub details: Vec<String>,
    /// The cell was ended because it took too long.
    pub timed_out: bool,
}

impl Failure {
    fn new(name: &'static str, message: impl Into<String>) -> Self {
        Failure { name, message: message.into(), line: None, details: Vec::new(), timed_out: false }
    }

    fn at(mut self, line: Option<usize>, cell: &str) -> Self {
        self.line = line;
        if let Some(line) = line {
            self.details.push(excerpt(line, cell.lines().nth(line - 1).unwrap_or_default()));
        }
        self
    }

    /// The cell panicked; `text` is what the panic wrote.
    pub fn panic(text: Vec<String>, generated: &str, cell: &str) -> Self {
        let mut lines = text.into_iter();
        let header = lines.next().unwrap_or_default();
        let mut message: Vec<String> =
            lines.filter(|line| !line.starts_with("note: run with `RUST_BACKTRACE")).collect();
        while message.last().is_some_and(String::is_empty) {
            message.pop();
        }
        let line = location::panic_line(&header).and_then(|line| location::cell_line(generated, line, cell));
        let mut message = message.into_iter();
        let first = message.next().unwrap_or_else(|| "the cell panicked without a message".to_owned());
        let mut failure = Failure::new("Panic", first);
        failure.details.extend(message);
        if line.is_none()
            && let Some((_, place)) = header.rsplit_once(" panicked at ")
        {
            failure.details.push(format!("  at {}", short_place(place)));
        }
        failure.at(line, cell)
    }

    /// A `?` of the cell returned an error, whose text is `text`.
    pub fn returned_error(text: Option<String>, cell: &str) -> Self {
        let message = text.unwrap_or_else(|| "an error was returned by `?`".to_owned());
        // The text does not say which `?` it was; where there is only one, it is that.
        let mut candidates =
            cell.lines().enumerate().filter(|(_, line)| line.contains('?')).map(|(index, _)| index + 1);
        let line = candidates.next().filter(|_| candidates.next().is_none());
        Failure::new("Error", message).at(line, cell)
    }

    /// The cell ended its process, and was undone; `last_words` is the end of what it wrote to standard error.
    pub fn undone(ending: Ending, last_words: &str) -> Self {
        // As std says it, before it ends the process.
        let asked = last_words.lines().find_map(|line| {
            line.strip_prefix("memory allocation of ")?.strip_suffix(" bytes failed")?.parse::<u64>().ok()
        });
        let failure = match (ending, asked.filter(|_| ending == Ending::Killed(ABORT))) {
            (Ending::OutOfMemory, _) => {
                Failure::new("OutOfMemory", "the machine has no more memory: the cell's process was ended")
            }
            (_, Some(bytes)) => Failure::new(
                "OutOfMemory",
                format!("the cell asked for another {} of memory, more than there is", memory_text(bytes)),
            ),
            _ => Failure::new("Crashed", process_end(Some(ending))),
        };
        failure.and_undone()
    }

    /// The cell was interrupted, and was undone.
    pub fn interrupted() -> Self {
        Failure::new("Interrupted", "the cell was interrupted").and_undone()
    }

    /// The cell was asked to stop, and did.
    pub fn stopped() -> Self {
        let mut failure = Failure::new("Interrupted", "the cell was interrupted");
        failure.details.push("its training stopped after a whole step, and what was learned so far is kept".to_owned());
        failure
    }

    fn and_undone(mut self) -> Self {
        self.details.push("the notebook's variables are as they were before the cell".to_owned());
        self
    }

    /// evcxr could not run the cell, which it was given as `plan` says, or lost the process that ran it.
    pub fn from_evcxr(error: Error, ending: Option<Ending>, cell: &str, plan: &Plan) -> Self {
        match error {
            Error::CompilationErrors(errors) => compile_error(&errors, cell, plan),
            Error::SubprocessTerminated(_) => {
                let mut failure = Failure::new("Crashed", process_end(ending));
                failure.details.push("all variables of the notebook are lost".to_owned());
                failure
            }
            Error::TypeRedefinedVariablesLost(variables) => {
                Failure::new("CompileError", format!("redefining a type lost the variables {}", variables.join(", ")))
            }
            Error::Message(message) => {
                let mut lines = message.lines().map(str::to_owned);
                let first = lines.next().unwrap_or_default();
                let mut failure = Failure::new("CompileError", first);
                failure.details.extend(lines);
                failure
            }
        }
    }

    /// The cell ran past `limit`.
    pub fn timed_out(limit: Duration) -> Self {
        let mut failure =
            Failure::new("Timeout", format!("the cell took longer than {} s and was ended", limit.as_secs()));
        failure.details.push("run again with a larger --timeout if it needs more".to_owned());
        failure.timed_out = true;
        failure
    }

    /// There is no interpreter.
    pub fn not_started(error: &anyhow::Error) -> Self {
        Failure::new("Crashed", format!("{error:#}"))
    }

    /// The interpreter did not answer.
    pub fn lost() -> Self {
        Failure::new("Crashed", "the Rust interpreter ended unexpectedly")
    }

    /// The failure as a notebook keeps it; `cell` is the cell's execution count.
    pub fn to_output(&self, cell: usize) -> v4::ErrorOutput {
        let place = match self.line {
            Some(line) => format!("cell [{cell}], line {line}"),
            None => format!("cell [{cell}]"),
        };
        let mut traceback = vec![format!("\u{1b}[1;31m{}\u{1b}[0m in {place}: {}", self.name, self.message)];
        traceback.extend(self.details.iter().cloned());
        v4::ErrorOutput { ename: self.name.to_owned(), evalue: self.message.clone(), traceback }
    }
}

/// The signal of an abort.
const ABORT: i32 = 6;

fn memory_text(bytes: u64) -> String {
    match bytes >> 20 {
        mebibytes @ 1024.. => format!("{:.1} GiB", mebibytes as f64 / 1024.0),
        mebibytes @ 1.. => format!("{mebibytes} MiB"),
        0 => format!("{bytes} bytes"),
    }
}

fn process_end(ending: Option<Ending>) -> String {
    match ending {
        Some(Ending::Exited(status)) => format!("the cell ended its process with exit status {status}"),
        Some(Ending::Killed(signal)) => format!("the cell's process was ended by {}", signal_name(signal)),
        _ => "the cell's process ended".to_owned(),
    }
}

/// `crate-1.0.0/src/file.rs:1:2` of a crate from the registry; any other place as it is.
fn short_place(place: &str) -> &str {
    let place = place.trim_end_matches(':');
    let from_registry = place.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    from_registry.map_or(place, |(_, rest)| rest)
}

fn excerpt(line: usize, text: &str) -> String {
    format!("{line:>4} | {text}")
}

fn compile_error(errors: &[CompilationError], cell: &str, plan: &Plan) -> Failure {
    let Some(first) = errors.first() else { return Failure::new("CompileError", "the cell does not compile") };
    let mut failure = Failure::new("CompileError", headline(first));
    failure.line = first.primary_spanned_message().and_then(|message| message.span).map(|span| span.start_line);
    for (index, error) in errors.iter().enumerate() {
        if index > 0 {
            failure.details.push(String::new());
            failure.details.push(format!("{}: {}", error.level(), headline(error)));
        }
        explain(error, cell, plan, &mut failure.details);
    }
    failure
}

/// Said of an error that is in none of the cell's lines.
const EARLIER_CELL: &str = "help: this is in what an earlier cell has defined, which is compiled along with this cell; to change \
     a type and its `impl` blocks together, define them in one cell";

fn headline(error: &CompilationError) -> String {
    let message = error.message();
    let first = message.lines().next().unwrap_or_default();
    error.code().map_or_else(|| first.to_owned(), |code| format!("{first} [{code}]"))
}

/// The cell's lines that the compiler points at, with what it says of each, and its advice.
fn explain(error: &CompilationError, cell: &str, plan: &Plan, details: &mut Vec<String>) {
    details.extend(error.message().lines().skip(1).map(str::to_owned));
    let mut pointed = false;
    for message in error.spanned_messages() {
        let Some(span) = message.span else { continue };
        pointed = true;
        let text = cell.lines().nth(span.start_line - 1).unwrap_or_default();
        let start = plan.original_column(span.start_line, span.start_column);
        let end = if span.end_line == span.start_line {
            plan.original_column(span.end_line, span.end_column)
        } else {
            text.chars().count() + 1
        };
        let width = end.saturating_sub(start).max(1);
        let mark = if message.is_primary { "^" } else { "-" };
        details.push(excerpt(span.start_line, text));
        let margin = " ".repeat(start - 1);
        details.push(format!("     | {margin}{} {}", mark.repeat(width), message.label).trim_end().to_owned());
    }
    if !pointed {
        // All that the compiler says, its advice included.
        details.extend(error.rendered().lines().map(str::to_owned));
        details.push(EARLIER_CELL.to_owned());
        return;
    }
    for help in error.help() {
        // A replacement comes behind an empty line; one of punctuation alone says nothing without its place.
        let (advice, replacement) = help.split_once("\n\n").unwrap_or((&help, ""));
        let replacement = Some(replacement).filter(|text| text.contains(char::is_alphanumeric));
        let help = replacement.map_or_else(|| advice.to_owned(), |replacement| format!("{advice}: {replacement}"));
        details.extend(format!("help: {help}").lines().map(str::to_owned));
    }
    details.extend(error.evcxr_extra_hint().map(|hint| format!("help: {hint}")));
}

fn signal_name(signal: i32) -> String {
    let known = match signal {
        4 => "an illegal instruction",
        ABORT => "an abort (a stack overflow, a double panic, or std::process::abort)",
        8 => "an arithmetic error",
        9 => "SIGKILL (often: out of memory)",
        11 => "a segmentation fault",
        _ => return format!("signal {signal}"),
    };
    format!("{known}, signal {signal}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_says_what_and_where() {
        let cell = "let a = 1;\nassert!(a == 2, \"a is not 2\");";
        let text =
            ["thread 'main' (9) panicked at src/lib.rs:12:1:", "a is not 2", "note: run with `RUST_BACKTRACE=1` …"];
        let generated = format!("{}{cell}\n", "//\n".repeat(10));
        let failure = Failure::panic(text.map(str::to_owned).to_vec(), &generated, cell);
        assert_eq!((failure.name, failure.message.as_str(), failure.line), ("Panic", "a is not 2", Some(2)));
        assert_eq!(failure.details, ["   2 | assert!(a == 2, \"a is not 2\");"]);
    }

    #[test]
    fn an_error_names_its_line_only_when_it_is_known() {
        let one = Failure::returned_error(Some("no such file".to_owned()), "let a = 1;\nopen(a)?;");
        assert_eq!((one.message.as_str(), one.line), ("no such file", Some(2)));
        let two = Failure::returned_error(None, "open(1)?;\nopen(2)?;");
        assert_eq!((two.message.as_str(), two.line), ("an error was returned by `?`", None));
    }
}
