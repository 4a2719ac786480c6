//! Grading: what submissions are given, and what is left behind.

mod manual;
mod marks;
mod merge;
mod report;
mod run;
mod shard;
mod store;

#[cfg(test)]
mod example;
