//! What tests of panics share.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message with which `action` panics.
#[track_caller]
pub fn panic_message<T>(action: impl FnOnce() -> T) -> String {
    let Err(cause) = catch_unwind(AssertUnwindSafe(action)) else { panic!("expected a panic") };
    match cause.downcast::<String>() {
        Ok(message) => *message,
        Err(cause) => (*cause.downcast::<&str>().expect("a panic carries a message")).to_owned(),
    }
}
