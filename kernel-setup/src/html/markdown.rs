//! Markdown cells as HTML, with formulas between `$` as MathML, which browsers draw without scripts.

use pulldown_cmark::{CowStr, Event, Options, Parser};
use pulldown_latex::config::DisplayMode;
use pulldown_latex::{RenderConfig, Storage};

/// The HTML of `text`.
pub fn html(text: &str) -> String {
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::InlineMath(formula) => Event::InlineHtml(math(&formula, DisplayMode::Inline)),
        Event::DisplayMath(formula) => Event::InlineHtml(math(&formula, DisplayMode::Block)),
        other => other,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

fn math(formula: &str, display_mode: DisplayMode) -> CowStr<'static> {
    let storage = Storage::new();
    let parser = pulldown_latex::Parser::new(formula, &storage);
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut html = String::new();
    match pulldown_latex::push_mathml(&mut html, parser, config) {
        Ok(()) => html.into(),
        // The source of a formula is better than no formula.
        Err(_) => format!("<code>{}</code>", super::escape(formula)).into(),
    }
}

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
    fn tables_are_tables() {
        assert!(html("| a | b |\n|---|---|\n| 1 | 2 |\n").contains("<td>1</td>"));
    }
}
