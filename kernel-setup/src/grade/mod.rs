//! Grading: from submissions to marks that can be relied upon.
//!
//! Student code never holds what decides its mark. Hidden tests send values, and what the reference sends for the same secret inputs stays
//! outside; trained models are judged by their parameters, by a program of the assignment's own.
//!
//! | module | what it holds |
//! |---|---|
//! | [`exam`] | the assignment: its cells with all that is secret, its questions |
//! | [`submission`] | from files to cells that may be compiled |
//! | [`program`] | a notebook as one program |
//! | [`builder`], [`isolation`] | what compiles it, and where it is compiled and run |
//! | [`sheet`] | what is to be run |
//! | [`attempt`], [`blame`] | compiling and running it once; whose cells do not compile |
//! | [`transcript`] | who did what in a run |
//! | [`comparison`], [`verdicts`] | whether that is right |
//! | [`retries`] | independent credit: wrong answers give way to the reference's |
//! | [`marking`], [`grader`] | what it is worth, question by question |
//! | [`marks`] | what is given, and why |
//! | [`mod@run`], [`store`], [`shard`], [`merge`], [`manual`] | gradings as a whole: what decides them, going on with them, parts, marks by hand |
//! | [`report`] | what they tell |

pub mod attempt;
mod blame;
mod builder;
mod command;
mod comparison;
pub mod exam;
pub mod grader;
mod isolation;
mod manual;
pub mod marking;
pub mod marks;
mod merge;
pub mod program;
pub mod report;
mod retries;
pub mod run;
mod shard;
pub mod sheet;
pub mod store;
pub mod submission;
pub mod transcript;
mod verdicts;

#[cfg(test)]
mod example;

pub use command::{Setting, run};
pub use shard::Shard;
