//! End-to-end tests: real notebooks through the real binary and the real interpreter.

mod assignments;
mod bad_input;
mod failures;
mod faults;
#[cfg(target_os = "linux")]
mod grading;
#[cfg(target_os = "linux")]
mod grading_attacks;
mod jupyter;
mod kernelspec;
mod nbgrader;
mod redefinitions;
mod sessions;
mod soak;
mod validate;

mod support;
