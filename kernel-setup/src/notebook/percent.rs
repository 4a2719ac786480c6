//! Notebook sources: one text file, cells divided by `// %%`, as jupytext reads it for Rust.
//!
//! ```text
//! // %% [markdown]
//! // # A title
//!
//! // %% key="value"
//! let x = 1;
//! ```
//!
//! A cell line may carry a title, a type (`[markdown]`, `[raw]`), and metadata as `key=value` with JSON values. A YAML
//! header between `// ---` lines is skipped.

use super::{kernel_metadata, lines};
use nbformat::v4;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt;

const DIVIDER: &str = "// %%";
const HEADER: &str = "// ---";

/// A line that is not as the format wants it.
#[derive(Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Code,
    Markdown,
    Raw,
}

struct Section<'a> {
    kind: Kind,
    metadata: serde_json::Map<String, serde_json::Value>,
    first_line: usize,
    lines: Vec<&'a str>,
}

/// Reads a notebook source.
pub fn parse(text: &str) -> Result<v4::Notebook, ParseError> {
    parse_numbered(text).map(|(notebook, _)| notebook)
}

/// Reads a notebook source; also tells in which line, from 1, the text of each cell begins.
pub fn parse_numbered(text: &str) -> Result<(v4::Notebook, Vec<usize>), ParseError> {
    let mut taken = HashSet::new();
    let mut cells = Vec::new();
    let mut first_lines = Vec::new();
    for section in sections(text)? {
        let source = match section.kind {
            Kind::Code => trim(&section.lines),
            Kind::Markdown | Kind::Raw => trim(&uncomment(&section)?),
        };
        if source.is_empty() {
            continue;
        }
        let is_blank = |line: &&&str| line.trim().is_empty() || (section.kind != Kind::Code && line.trim() == "//");
        let blank = section.lines.iter().take_while(is_blank).count();
        first_lines.push(section.first_line + 1 + blank);
        let id = cell_id(&source, &mut taken);
        let metadata = serde_json::from_value(serde_json::Value::Object(section.metadata)).map_err(|error| {
            ParseError { line: section.first_line, message: format!("the cell's metadata is not valid: {error}") }
        })?;
        let source = lines(&source);
        cells.push(match section.kind {
            Kind::Code => v4::Cell::Code { id, metadata, execution_count: None, source, outputs: Vec::new() },
            Kind::Markdown => v4::Cell::Markdown { id, metadata, source, attachments: None },
            Kind::Raw => v4::Cell::Raw { id, metadata, source },
        });
    }
    Ok((v4::Notebook { metadata: kernel_metadata(), nbformat: 4, nbformat_minor: 5, cells }, first_lines))
}

fn sections(text: &str) -> Result<Vec<Section<'_>>, ParseError> {
    let mut sections: Vec<Section> = Vec::new();
    let mut numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
    if numbered.next_if(|(_, line)| line.trim_end() == HEADER).is_some() {
        let end = numbered.find(|(_, line)| line.trim_end() == HEADER);
        if end.is_none() {
            return Err(ParseError { line: 1, message: format!("expected the header to end with `{HEADER}`") });
        }
    }
    for (number, line) in numbered {
        let divider = line.strip_prefix(DIVIDER).filter(|rest| rest.is_empty() || rest.starts_with([' ', '[']));
        match (divider, sections.last_mut()) {
            (Some(rest), _) => sections.push(parse_divider(rest, number)?),
            (None, Some(section)) => section.lines.push(line),
            (None, None) if line.trim().is_empty() => {}
            (None, None) => {
                let message = format!("expected `{DIVIDER}` before the first cell, found `{line}`");
                return Err(ParseError { line: number, message });
            }
        }
    }
    Ok(sections)
}

/// Reads what follows `// %%`: a title, `[kind]`, `key=value …`.
fn parse_divider<'a>(rest: &str, line: usize) -> Result<Section<'a>, ParseError> {
    let mut kind = Kind::Code;
    let mut metadata = serde_json::Map::new();
    let mut rest = rest.trim();
    while !rest.is_empty() {
        if let Some((name, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            kind = match name {
                "markdown" | "md" => Kind::Markdown,
                "raw" => Kind::Raw,
                "code" => Kind::Code,
                other => {
                    let message = format!("expected [markdown], [raw] or [code], found [{other}]");
                    return Err(ParseError { line, message });
                }
            };
            rest = after.trim_start();
            continue;
        }
        let word_end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        match rest[..word_end].split_once('=') {
            Some((key, _)) if !key.is_empty() => {
                let text = &rest[key.len() + 1..];
                let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
                let value = values.next().and_then(Result::ok).ok_or_else(|| ParseError {
                    line,
                    message: format!("expected a JSON value after `{key}=`, found `{text}`"),
                })?;
                let end = values.byte_offset();
                metadata.insert(key.to_owned(), value);
                rest = text[end..].trim_start();
            }
            // A word of the title, which is for readers of the source.
            _ => rest = rest[word_end..].trim_start(),
        }
    }
    Ok(Section { kind, metadata, first_line: line, lines: Vec::new() })
}

/// Removes the `// ` before each line of a cell that is not code.
fn uncomment<'a>(section: &Section<'a>) -> Result<Vec<&'a str>, ParseError> {
    let mut text = Vec::new();
    for (index, line) in section.lines.iter().enumerate() {
        let uncommented = match line.strip_prefix("//") {
            Some(rest) => rest.strip_prefix(' ').unwrap_or(rest),
            None if line.trim().is_empty() => "",
            None => {
                let message = format!("expected a line of text behind `// `, found `{line}`");
                return Err(ParseError { line: section.first_line + 1 + index, message });
            }
        };
        text.push(uncommented);
    }
    Ok(text)
}

/// Joins lines, without the empty ones at either end.
fn trim(lines: &[&str]) -> String {
    let is_text = |line: &&str| !line.trim().is_empty();
    let Some(first) = lines.iter().position(is_text) else { return String::new() };
    let last = lines.iter().rposition(is_text).unwrap_or(first);
    lines[first..=last].join("\n")
}

/// An id made from the cell's text, so that it stays the same when other cells come and go.
fn cell_id(source: &str, taken: &mut HashSet<String>) -> v4::CellId {
    let digest = Sha256::digest(source.as_bytes());
    let name: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut id = name.clone();
    let mut count = 1;
    while !taken.insert(id.clone()) {
        count += 1;
        id = format!("{name}-{count}");
    }
    v4::CellId::new(&id).expect("hexadecimal digits and a dash are legal in a cell id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::source;

    #[test]
    fn cells_of_each_kind() {
        let text = "// ---\n// jupyter: x\n// ---\n\n// %% [markdown]\n// # Title\n//\n// text\n\n// %%\nlet x = 1;\n\n\
                    // a comment\nx\n\n// %% A title [raw] tags=[\"a\", \"b c\"] n=3\n// raw\n";
        let notebook = parse(text).unwrap();
        let sources: Vec<String> = notebook.cells.iter().map(source).collect();
        assert_eq!(sources, ["# Title\n\ntext", "let x = 1;\n\n// a comment\nx", "raw"]);
        assert!(matches!(notebook.cells[0], v4::Cell::Markdown { .. }));
        assert!(matches!(notebook.cells[1], v4::Cell::Code { .. }));
        let metadata = notebook.cells[2].metadata();
        assert_eq!(metadata.tags.as_deref(), Some(&["a".to_owned(), "b c".to_owned()][..]));
        assert_eq!(metadata.additional["n"], 3);
    }

    #[test]
    fn equal_cells_have_different_ids_and_ids_do_not_depend_on_neighbours() {
        let both = parse("// %%\n1\n// %%\n1\n").unwrap();
        assert_ne!(both.cells[0].id(), both.cells[1].id());
        let later = parse("// %%\n0\n// %%\n1\n").unwrap();
        assert_eq!(later.cells[1].id(), both.cells[0].id());
    }

    #[test]
    fn the_lines_of_cells() {
        let text = "// %% [markdown]\n//\n// # Title\n\n// %%\n\n\n1\n// %%\n// a comment\n2\n";
        assert_eq!(parse_numbered(text).unwrap().1, [3, 8, 10]);
    }

    #[test]
    fn a_longer_marker_is_no_divider() {
        let notebook = parse("// %%\n// %%% not a cell\n1\n").unwrap();
        assert_eq!(notebook.cells.len(), 1);
    }

    #[test]
    fn errors_name_the_line() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(message("let x = 1;\n"), "line 1: expected `// %%` before the first cell, found `let x = 1;`");
        assert_eq!(message("// %%\n1\n// %% [html]\n"), "line 3: expected [markdown], [raw] or [code], found [html]");
        assert_eq!(message("// %% [markdown]\n// a\nb\n"), "line 3: expected a line of text behind `// `, found `b`");
        assert_eq!(message("// %% tags=oops\n1\n"), "line 1: expected a JSON value after `tags=`, found `oops`");
        assert_eq!(message("// ---\n// a: b\n"), "line 1: expected the header to end with `// ---`");
    }
}
