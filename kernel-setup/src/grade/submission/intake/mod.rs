//! What was handed in: files, folders, nbgrader's folders, and archives of any of these.
//!
//! A submission that cannot be taken is not lost: it is *refused*, with its student and the reason, and the rest is graded.

mod archive;
mod file;
mod folder;
mod layout;
mod search;
pub mod student;
mod time;

use anyhow::{Result, ensure};
use search::Search;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;

/// A notebook with many figures has some megabytes; larger files are a mistake, or an attempt to fill the memory.
pub const MAX_NOTEBOOK: u64 = 32 << 20;

/// Where a submission is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The notebook, or the archive that it is in.
    pub path: PathBuf,
    /// Its name in the archive.
    pub entry: Option<String>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        match &self.entry {
            Some(entry) => write!(f, ": {}", student::shown(entry)),
            None => Ok(()),
        }
    }
}

/// A submission that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// A name that is fit to be a file's.
    pub student: String,
    /// Where it is.
    pub origin: Origin,
    entry: Option<archive::Entry>,
}

/// A submission that cannot be graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Whose it is, if that is known; a name that is fit to be a file's.
    pub student: Option<String>,
    /// Where it is.
    pub origin: Origin,
    /// What was expected, and what was found.
    pub reason: String,
}

/// All that was handed in.
#[derive(Debug, Default)]
pub struct Intake {
    /// By student.
    pub submissions: Vec<Submission>,
    /// By student.
    pub refused: Vec<Refused>,
    /// What was left aside, and is no submission.
    pub notes: Vec<String>,
}

impl Submission {
    /// The notebook's bytes; what is wrong, otherwise. They are read anew each time: a whole course's would fill the memory.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        match &self.entry {
            None => file::read_file(&self.origin.path, MAX_NOTEBOOK),
            Some(entry) => {
                let mut archive =
                    File::open(&self.origin.path).map_err(|error| format!("it cannot be read: {error}"))?;
                archive::unpack(&mut archive, entry)
            }
        }
    }
}

/// Finds the submissions of an assignment in what a teacher named. An error if something named is not there, or nothing is found at all.
pub fn find(paths: &[PathBuf], assignment: &str) -> Result<Intake> {
    let mut search = Search::new(assignment);
    for path in paths {
        search.look_into(path)?;
    }
    let mut intake = search.decide();
    ensure!(
        !intake.submissions.is_empty() || !intake.refused.is_empty(),
        "there is no notebook (.ipynb) in {}",
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    );
    intake.submissions.sort_by(|a, b| a.student.cmp(&b.student));
    intake.refused.sort_by(|a, b| (&a.student, &a.origin).cmp(&(&b.student, &b.origin)));
    Ok(intake)
}

#[cfg(test)]
mod tests;
