//! Markdown cells as HTML, with formulas between `$` as MathML, which browsers draw without scripts.

use pulldown_cmark::{CowStr, Event, Options, Parser};
use pulldown_latex::config::DisplayMode;
use pulldown_latex::{RenderConfig, Storage};

/// The HTML of `text`.
pub fn html(text: &str) -> String {
    let events = events(text).map(|event| match event {
        Event::InlineMath(formula) => Event::InlineHtml(math(&formula, DisplayMode::Inline)),
        Event::DisplayMath(formula) => Event::InlineHtml(math(&formula, DisplayMode::Block)),
        other => other,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

/// The parts of `text`, formulas as they were written.
pub fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_MATH | Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// A formula as MathML; its source, escaped, if it is none.
pub fn math(formula: &str, display_mode: DisplayMode) -> CowStr<'static> {
    let storage = Storage::new();
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    // Into the place of what it cannot read, the writer would put a message that holds the formula's source unescaped.
    let events: Result<Vec<_>, _> = pulldown_latex::Parser::new(formula, &storage).collect();
    let mut html = String::new();
    match events.map(|events| pulldown_latex::push_mathml(&mut html, events.into_iter().map(Ok::<_, Never>), config)) {
        Ok(Ok(())) => with_escaped_relations(&html).into(),
        // The source of a formula is better than no formula.
        Ok(Err(_)) | Err(_) => format!("<code>{}</code>", super::escape(formula)).into(),
    }
}

/// The writer leaves the sign `<` of a formula as it is: the one that begins no element.
fn with_escaped_relations(html: &str) -> String {
    let mut parts = html.split('<');
    let mut escaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_element = part.starts_with(|first: char| first == '/' || first.is_ascii_alphabetic());
        escaped += if is_element { "<" } else { "&lt;" };
        escaped += part;
    }
    escaped
}

/// The error of what was read without one.
type Never = std::convert::Infallible;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_mathml() {
        let html = html("Cost $J = \\frac{1}{n}\\sum_i L_i$ and\n\n$$p_m = \\frac{e^{z_m}}{\\sum_l e^{z_l}}$$\n");
        assert_eq!(html.matches("<math").count(), 2, "{html}");
        assert!(html.contains("display=\"block\""), "{html}");
        assert!(html.contains("<mfrac>") && !html.contains('$'), "{html}");
    }

    #[test]
    fn less_is_a_sign() {
        let html = html("$a < b \\not< c$");
        assert!(html.contains(">&lt;</mo>") && html.contains(">&lt;\u{338}</mo>") && !html.contains("<<"), "{html}");
    }

    #[test]
    fn what_is_no_formula_is_shown_as_it_was_written() {
        let html = html("$\\unknown <b>x</b>$");
        assert_eq!(html, "<p><code>\\unknown &lt;b&gt;x&lt;/b&gt;</code></p>\n");
    }

    #[test]
    fn tables_are_tables() {
        assert!(html("| a | b |\n|---|---|\n| 1 | 2 |\n").contains("<td>1</td>"));
    }
}
