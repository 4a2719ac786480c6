//! From what a teacher names on the command line to a notebook that may be compiled.
//!
//! | in this order | |
//! |---|---|
//! | [`intake`] | files, folders and archives become submissions, each with the student that it is of |
//! | [`reading`] | a submission's bytes become a notebook, within bounds |
//! | [`alignment`] | its cells are put beside those of the assignment, and what is given is restored |
//! | [`rules`] | what students wrote is searched for what they may not use |
//!
//! All of it is pure but for reading files, runs outside of any sandbox, and is made for input that wants to do harm: whatever is handed in,
//! nothing here panics, hangs, or takes memory without bound. [`nesting`] is what keeps code from overflowing the stack of who reads it.

pub mod alignment;
pub mod intake;
pub mod nesting;
pub mod reading;
pub mod rules;
