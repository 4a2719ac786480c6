//! What a supervisor tells of a cell, as a line `<nonce> <ending>` on standard error, and `<nonce>` alone on standard output.

use std::fmt;

/// How the run of a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ran to its end.
    Completed,
    /// It panicked.
    Panicked,
    /// A `?` returned early with an error.
    ReturnedError,
    /// It ended its process, with this status.
    Exited(i32),
    /// A signal ended its process.
    Killed(i32),
    /// It was interrupted.
    Interrupted,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Completed => write!(f, "completed"),
            Ending::Panicked => write!(f, "panicked"),
            Ending::ReturnedError => write!(f, "returned-error"),
            Ending::Exited(status) => write!(f, "exited {status}"),
            Ending::Killed(signal) => write!(f, "killed {signal}"),
            Ending::Interrupted => write!(f, "interrupted"),
        }
    }
}

impl Ending {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let name = words.next()?;
        let number = words.next().and_then(|word| word.parse().ok());
        match (name, number, words.next()) {
            ("completed", None, None) => Some(Ending::Completed),
            ("panicked", None, None) => Some(Ending::Panicked),
            ("returned-error", None, None) => Some(Ending::ReturnedError),
            ("interrupted", None, None) => Some(Ending::Interrupted),
            ("exited", Some(status), None) => Some(Ending::Exited(status)),
            ("killed", Some(signal), None) => Some(Ending::Killed(signal)),
            _ => None,
        }
    }
}

/// The line that tells of `ending`, without its line feed.
pub fn line(nonce: &str, ending: Ending) -> String {
    format!("{nonce} {ending}")
}

/// The ending that `line` tells of, if it is a report.
pub fn parse(nonce: &str, line: &str) -> Option<Ending> {
    Ending::parse(line.strip_prefix(nonce)?.strip_prefix(' ')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_survives_the_wire() {
        for ending in [
            Ending::Completed,
            Ending::Panicked,
            Ending::ReturnedError,
            Ending::Exited(0),
            Ending::Exited(-1),
            Ending::Killed(11),
            Ending::Interrupted,
        ] {
            assert_eq!(parse("n0nce", &line("n0nce", ending)), Some(ending));
        }
    }

    #[test]
    fn other_lines_are_no_reports() {
        for text in ["", "n0nce", "n0nce ", "n0nce exited", "n0nce completed 3", "x completed", "n0nce  completed"] {
            assert_eq!(parse("n0nce", text), None, "{text:?}");
        }
    }
}
