//! A cell's code: its text without markers, what it parses to, and where each part stands.

use crate::passes::regions::{Secret, regions};
use std::ops::Range;
use syn::spanned::Spanned;

/// A cell's code.
pub struct Code {
    /// The cell without the lines of its markers.
    pub text: String,
    /// What it parses to: a cell is what the body of a function is.
    pub block: syn::Block,
    /// The parts of `text` that stood between markers.
    asked: Vec<Range<usize>>,
}

/// What stands before a cell's text when it is parsed.
const BEFORE: &str = "{\n";

/// Parses a cell's text, if it is Rust.
pub fn parse(text: &str) -> Option<syn::Block> {
    syn::parse_str(&format!("{BEFORE}{text}\n}}")).ok()
}

impl Code {
    /// A cell's code, if it is Rust and its markers are in order.
    pub fn parse(cell: &str) -> Option<Code> {
        let regions = regions(cell, Secret::Solution).ok()?;
        let mut text = String::new();
        let mut asked = Vec::new();
        for (number, line) in cell.lines().enumerate() {
            if regions.iter().any(|region| region.lines.start == number) {
                asked.push(text.len()..text.len());
            } else if regions.iter().any(|region| region.lines.end == number + 1) {
                asked.last_mut()?.end = text.len();
            } else {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.truncate(text.trim_end_matches('\n').len());
        if regions.is_empty() {
            asked.push(0..text.len());
        }
        let block = parse(&text)?;
        Some(Code { text, block, asked })
    }

    /// Where a part stands in the text.
    pub fn range(&self, part: &impl Spanned) -> Range<usize> {
        let range = part.span().byte_range();
        range.start.saturating_sub(BEFORE.len())..range.end.saturating_sub(BEFORE.len())
    }

    /// A part as it is written.
    pub fn source(&self, part: &impl Spanned) -> &str {
        self.text.get(self.range(part)).unwrap_or_default()
    }

    /// Whether the part is the student's to write.
    pub fn is_asked(&self, range: &Range<usize>) -> bool {
        self.asked.iter().any(|asked| asked.start <= range.start && range.end <= asked.end)
    }

    /// The line that a place is in, from 1.
    pub fn line(&self, place: usize) -> usize {
        self.text[..place].matches('\n').count() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_go_and_what_is_between_them_is_known() {
        let cell =
            "fn f() -> f64 {\n    let given = 1.0;\n    // BEGIN SOLUTION one\n    given\n    // END SOLUTION\n}";
        let code = Code::parse(cell).unwrap();
        assert_eq!(code.text, "fn f() -> f64 {\n    let given = 1.0;\n    given\n}");
        let asked: Vec<&str> = code.asked.iter().map(|range| &code.text[range.clone()]).collect();
        assert_eq!(asked, ["    given\n"]);
        assert_eq!((code.line(0), code.line(code.asked[0].start)), (1, 3));
    }

    #[test]
    fn ranges_count_bytes_also_behind_letters_of_two() {
        let code = Code::parse("let ä: f64 = 1.0 + 2.0;").unwrap();
        let syn::Stmt::Local(local) = &code.block.stmts[0] else { panic!("a `let`") };
        assert_eq!(code.source(&local.init.as_ref().unwrap().expr), "1.0 + 2.0");
    }

    #[test]
    fn without_markers_all_of_it_counts_and_what_is_no_rust_is_refused() {
        assert!(Code::parse("1 + 1").unwrap().is_asked(&(0..5)));
        assert!(Code::parse("let = 1;").is_none());
        assert!(Code::parse("// BEGIN SOLUTION\n1").is_none());
    }
}
