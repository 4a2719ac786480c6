//! How notes name cells, and say how texts differ.

use super::role;
use crate::notebook::source as text_of;
use nbformat::v4;

/// So much of a line tells what it is.
const MAX_SHOWN: usize = 50;

/// A cell's text, as far as it matters: blanks at the ends of lines and lines at the end are nobody's edits.
pub fn comparable(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Where a text first differs from what was expected.
pub fn difference(expected: &str, found: &str) -> Option<String> {
    let (expected, found) = (comparable(expected), comparable(found));
    if expected == found {
        return None;
    }
    let (mut one, mut other) = (expected.lines(), found.lines());
    let mut line = 0;
    loop {
        line += 1;
        match (one.next(), other.next()) {
            (Some(expected), Some(found)) if expected == found => {}
            (Some(expected), Some(found)) => {
                return Some(format!("line {line}: expected {}, found {}", shown(expected), shown(found)));
            }
            (Some(expected), None) => return Some(format!("line {line}: expected {}, found the end", shown(expected))),
            (None, Some(found)) => return Some(format!("line {line}: expected the end, found {}", shown(found))),
            (None, None) => return None,
        }
    }
}

/// A line in a message.
fn shown(line: &str) -> String {
    let line = line.trim();
    let mut text: String = line.chars().take(MAX_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().nth(MAX_SHOWN).is_some() {
        text.push('…');
    }
    match text.is_empty() {
        true => "an empty line".to_owned(),
        false => format!("`{text}`"),
    }
}

/// Whether a cell is code.
pub fn is_code(cell: &v4::Cell) -> bool {
    matches!(cell, v4::Cell::Code { .. })
}

/// A cell of the source, for people.
pub fn title(source: &v4::Notebook, index: usize) -> String {
    let cell = &source.cells[index];
    match role(cell).0 {
        Some(grade_id) => format!("the cell `{grade_id}`"),
        None => format!("the given cell {}", shown(first_line(&text_of(cell)))),
    }
}

/// A cell that the student has added, for people.
pub fn own_title(number: usize, text: &str) -> String {
    format!("cell {} ({})", number + 1, shown(first_line(text)))
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ() {
        assert_eq!(difference("a\nb", "a  \nb\n\n"), None);
        assert_eq!(difference("a\n  b", "a\nb").unwrap(), "line 2: expected `b`, found `b`");
        assert_eq!(difference("a\nb", "a").unwrap(), "line 2: expected `b`, found the end");
        assert_eq!(difference("a", "a\n\nb").unwrap(), "line 2: expected the end, found an empty line");
        let long = difference("a", &format!("{}\u{1b}", "ä".repeat(60))).unwrap();
        assert_eq!(long, format!("line 1: expected `a`, found `{}…`", "ä".repeat(50)));
    }
}
