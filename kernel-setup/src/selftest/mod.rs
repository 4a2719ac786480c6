//! What grades the grader: answers that are wrong on purpose, of which it must find every one.

pub mod mutants;

#[cfg(test)]
mod corpus;
