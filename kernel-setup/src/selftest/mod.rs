//! Grading the grader: the reference, the blank notebook, answers that are right in other ways, and answers that are wrong on purpose
//! must be given the marks that they deserve; and hostile submissions must gain nothing.

mod answers;
mod attacks;
mod check;
mod jobs;
mod mutants;
mod plan;

#[cfg(test)]
mod corpus;

use crate::cli;
use anyhow::Result;
use std::process::ExitCode;

/// Runs the selftest that `options` ask for.
pub fn run(options: &cli::Selftest) -> Result<ExitCode> {
    match &options.assignment {
        Some(assignment) => check::run(options, assignment),
        None => attacks::run(options),
    }
}
