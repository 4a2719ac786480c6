//! How the run of a cell ended.

use std::fmt;

/// How the run of a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ran to its end.
    Completed,
    /// It was asked to stop, and came to its end in good order: what it has done stays.
    Stopped,
    /// It panicked.
    Panicked,
    /// A `?` returned early with an error.
    ReturnedError,
    /// It ended its process, with this status.
    Exited(i32),
    /// A signal ended its process.
    Killed(i32),
    /// The system ended its process for want of memory.
    OutOfMemory,
    /// It was interrupted.
    Interrupted,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Completed => write!(f, "completed"),
            Ending::Stopped => write!(f, "stopped"),
            Ending::Panicked => write!(f, "panicked"),
            Ending::ReturnedError => write!(f, "returned-error"),
            Ending::Exited(status) => write!(f, "exited {status}"),
            Ending::Killed(signal) => write!(f, "killed {signal}"),
            Ending::OutOfMemory => write!(f, "out-of-memory"),
            Ending::Interrupted => write!(f, "interrupted"),
        }
    }
}

impl Ending {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let name = words.next()?;
        let number = words.next().map(|word| word.parse().ok());
        match (name, number, words.next()) {
            ("completed", None, None) => Some(Ending::Completed),
            ("stopped", None, None) => Some(Ending::Stopped),
            ("panicked", None, None) => Some(Ending::Panicked),
            ("returned-error", None, None) => Some(Ending::ReturnedError),
            ("out-of-memory", None, None) => Some(Ending::OutOfMemory),
            ("interrupted", None, None) => Some(Ending::Interrupted),
            ("exited", Some(Some(status)), None) => Some(Ending::Exited(status)),
            ("killed", Some(Some(signal)), None) => Some(Ending::Killed(signal)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_survives_the_wire() {
        for ending in [
            Ending::Completed,
            Ending::Stopped,
            Ending::Panicked,
            Ending::ReturnedError,
            Ending::Exited(0),
            Ending::Exited(-1),
            Ending::Killed(11),
            Ending::OutOfMemory,
            Ending::Interrupted,
        ] {
            assert_eq!(Ending::parse(&ending.to_string()), Some(ending));
        }
        for text in ["", "completed ", "completed 3", "exited", "exited x", "killed 9 9", "other"] {
            assert_eq!(Ending::parse(text), None, "{text:?}");
        }
    }
}
