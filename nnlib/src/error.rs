//! The error of everything that reads or writes files.
//!
//! Each message names the file, what was expected and what was found. A wrong *shape* is no error of this kind: it is a
//! mistake in the program, and panics at the caller's line.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong with which file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to read or write the file.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done, as a verb: `read`, `write`, `list`.
        action: &'static str,
        /// The system's own word.
        source: std::io::Error,
    },
    /// The file is not what its format says.
    Format {
        /// The file or folder.
        path: PathBuf,
        /// What the format calls for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A data set was asked for by name and is in none of the places that were looked at.
    NotFound {
        /// The name of the data set.
        name: String,
        /// Every place that was looked at, in order.
        searched: Vec<PathBuf>,
        /// How to mend it.
        hint: String,
    },
}

/// The result of everything that reads or writes files.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of the operating system on `path`.
    pub(crate) fn io(path: &Path, action: &'static str, source: std::io::Error) -> Self {
        Error::Io { path: path.to_owned(), action, source }
    }

    /// Content of `path` that breaks its format.
    pub(crate) fn format(path: &Path, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Error::Format { path: path.to_owned(), expected: expected.into(), found: found.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { path, action, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Error::Format { path, expected, found } => {
                write!(f, "{}: expected {expected}, found {found}", path.display())
            }
            Error::NotFound { name, searched, hint } => {
                write!(f, "{name} was not found; looked at ")?;
                for (index, path) in searched.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{}", path.display())?;
                }
                write!(f, ". {hint}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            Error::Format { .. } | Error::NotFound { .. } => None,
        }
    }
}
