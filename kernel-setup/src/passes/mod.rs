//! From an assignment's source to the notebook that students get: a pass a file, each from notebook to notebook.
//!
//! | in this order | |
//! |---|---|
//! | [`check_metadata`] | every question has an id and points, every marker its cell |
//! | [`check_loops`] | the solutions keep the assignment's own rule |
//! | [`strip_solutions`] | each solution becomes a `todo!` that says what is asked |
//! | [`strip_hidden_tests`] | what only the grader runs is taken out: hidden tests and verdicts |
//! | [`check_blanks`] | the result compiles as far as syntax tells, and could be worked in |
//! | [`clear_outputs`] | no output of the author's stays |
//! | [`lock_cells`] | what is not asked cannot be edited or deleted |
//! | [`compute_checksums`] | nbgrader's, so that it sees what was edited |
//!
//! For programs that release notebooks by themselves, [`own_stubs`] and [`assert_probes`] put into the source what they cannot know.
//!
//! And last, [`leaks`] looks whether anything secret is left, without trusting the passes.

pub mod assert_probes;
pub mod check_blanks;
pub mod check_loops;
pub mod check_metadata;
pub mod clear_outputs;
pub mod compute_checksums;
pub mod leaks;
pub mod lock_cells;
pub mod nbgrader;
pub mod own_stubs;
pub mod regions;
pub mod strip_hidden_tests;
pub mod strip_solutions;

#[cfg(test)]
pub mod testing;

use nbformat::v4;
use std::fmt;

/// What is wrong with a source, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which cell, from 0.
    pub cell: usize,
    /// Which of the cell's lines, from 0.
    pub line: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl Fault {
    /// A fault of a cell as a whole.
    pub fn of_cell(cell: usize, message: impl Into<String>) -> Self {
        Fault { cell, line: 0, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cell {}, line {}: {}", self.cell + 1, self.line + 1, self.message)
    }
}

/// All passes: the notebook for students.
///
/// Loops are allowed in the items `loops_only_in` only; anywhere if there are none.
pub fn student_version(source: &v4::Notebook, loops_only_in: &[String]) -> Result<v4::Notebook, Fault> {
    let mut notebook = source.clone();
    check_metadata::check(&notebook)?;
    check_loops::check(&notebook, loops_only_in)?;
    strip_solutions::strip(&mut notebook)?;
    strip_hidden_tests::strip(&mut notebook)?;
    check_blanks::check(source, &notebook)?;
    clear_outputs::clear(&mut notebook);
    lock_cells::lock(&mut notebook);
    compute_checksums::compute(&mut notebook);
    leaks::find(source, &notebook).map_or(Ok(notebook), Err)
}
