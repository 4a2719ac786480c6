//! End-to-end tests: real notebooks through the real binary and the real interpreter.

mod assignments;
mod bad_input;
mod failures;
mod faults;
mod jupyter;
mod kernelspec;
mod nbgrader;
mod redefinitions;
mod sessions;
mod soak;

mod support;
