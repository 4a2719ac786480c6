//! Lines that tell how far an experiment has come.

use crate::text::one_line;
use std::io::{self, Write};

/// Prints `text` as one line, at once: a notebook reads the output line by line.
pub(super) fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    // Hours of training are not lost because nobody listens any more.
    let _ = writeln!(stdout, "{}", one_line(text)).and_then(|()| stdout.flush());
}
