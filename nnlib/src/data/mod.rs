//! d
pub mod digits;
