//! Grading the grader: the reference, the blank notebook and mistakes made on purpose must be given the marks that they deserve.

mod check;

pub use check::run;
