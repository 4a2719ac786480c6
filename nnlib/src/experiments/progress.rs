//! Bars and lines that tell how far an experiment has come.

use crate::notebook::{Progress, make_way};
use crate::text::one_line;
use std::io::{self, Write};

/// Calls `run` with 0, 1, ... `count - 1`, with a bar called `name` that counts `unit`s, and gathers what it returns;
/// `report` gets the line that it returns beside that. If the cell is interrupted, what was going on is left out.
pub(super) fn gather<T>(
    name: &str,
    unit: &str,
    count: usize,
    run: &mut dyn FnMut(usize) -> (T, String),
    report: &mut dyn FnMut(&str),
) -> Vec<T> {
    let mut progress = Progress::start(name, count).unit(unit).prints_lines();
    let mut gathered = Vec::new();
    for index in 0..count {
        if progress.should_stop() {
            break;
        }
        let (value, line) = run(index);
        // A training in it has ended early too: its score would be compared with others that it is not like.
        if progress.should_stop() {
            break;
        }
        report(&line);
        gathered.push(value);
        progress.step(&[]);
    }
    if let Some(line) = progress.finish("the scores so far are kept") {
        report(&line);
    }
    gathered
}

/// Prints `text` as one line, at once: a notebook reads the output line by line.
pub(super) fn print(text: &str) {
    make_way();
    let mut stdout = io::stdout().lock();
    // Hours of training are not lost because nobody listens any more.
    let _ = writeln!(stdout, "{}", one_line(text)).and_then(|()| stdout.flush());
}
