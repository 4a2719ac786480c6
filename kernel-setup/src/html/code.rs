//! Rust source with its parts marked for the page's style sheet.

use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::SyntaxSet;
use syntect::util::LinesWithEndings;

/// Marks keywords, strings, comments and so on.
pub struct Highlighter {
    syntaxes: SyntaxSet,
}

impl Highlighter {
    /// Loads the grammars that come with syntect.
    pub fn new() -> Self {
        Highlighter { syntaxes: SyntaxSet::load_defaults_newlines() }
    }

    /// The source as HTML, every part in a `span` whose class begins with `s-`.
    pub fn html(&self, source: &str) -> String {
        let Some(rust) = self.syntaxes.find_syntax_by_extension("rs") else { return super::escape(source) };
        let style = ClassStyle::SpacedPrefixed { prefix: "s-" };
        let mut generator = ClassedHTMLGenerator::new_with_class_style(rust, &self.syntaxes, style);
        for line in LinesWithEndings::from(source) {
            if generator.parse_html_for_line_which_includes_newline(line).is_err() {
                return super::escape(source);
            }
        }
        generator.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_is_marked_and_escaped() {
        let html = Highlighter::new().html("let x = \"a<b\"; // why");
        assert!(html.contains("s-string") && html.contains("s-comment"), "{html}");
        assert!(html.contains("a&lt;b"), "{html}");
    }
}
