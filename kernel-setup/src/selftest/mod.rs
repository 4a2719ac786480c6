//! Grading the grader: the reference, the blank notebook, answers that are right in other ways, and answers that are wrong on purpose
//! must be given the marks that they deserve.

mod answers;
mod check;
mod jobs;
mod mutants;

#[cfg(test)]
mod corpus;

pub use check::run;
