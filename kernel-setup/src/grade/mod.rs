//! Grading.

#[cfg_attr(not(test), expect(dead_code, reason = "what grades calls it"))]
mod submission;
