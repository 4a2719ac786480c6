//! Markdown that somebody else has written: no HTML of theirs, no pictures, links that show where they lead.

use super::text;
use crate::html::{self, markdown};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag, TagEnd};
use pulldown_latex::config::DisplayMode;
use std::panic::catch_unwind;

/// The longest formula that is drawn.
const FORMULA: usize = 2000;
/// What formulas may define would be written out again and again.
const DEFINITIONS: [&str; 5] = ["def", "\\let", "command", "futurelet", "\\DeclareMath"];
/// The elements that formulas are made of (MathML Core).
const ELEMENTS: [&str; 24] = [
    "math",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mrow",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "mpadded",
    "mphantom",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
];

/// The HTML of `source`.
pub fn html(source: &str) -> String {
    let source = text::shown(source, text::SOURCE);
    // The parser is sound, and not ours: should a text make it panic, that text is shown as it is.
    catch_unwind(|| parsed(&source)).unwrap_or_else(|_| format!("<pre>{}</pre>", html::escape(&source)))
}

fn parsed(source: &str) -> String {
    let mut links = Vec::new();
    let events = markdown::events(source).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => Event::Text(visible(&text)),
        Event::Code(text) => Event::Code(visible(&text)),
        Event::InlineMath(source) => Event::InlineHtml(formula(&source, DisplayMode::Inline)),
        Event::DisplayMath(source) => Event::InlineHtml(formula(&source, DisplayMode::Block)),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::CodeBlock(_)) => Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)),
        Event::Start(Tag::Image { .. }) => Event::InlineHtml("<span class=\"absent\">picture: ".into()),
        Event::End(TagEnd::Image) => Event::InlineHtml("</span>".into()),
        Event::Start(Tag::Link { dest_url, .. }) => {
            let opening = if is_plain(&dest_url) {
                format!("<a href=\"{}\" rel=\"noopener noreferrer nofollow\">", html::escape(&dest_url))
            } else {
                String::new()
            };
            links.push(dest_url);
            Event::InlineHtml(opening.into())
        }
        Event::End(TagEnd::Link) => {
            let url = links.pop().unwrap_or("".into());
            let closing = if is_plain(&url) { "</a>" } else { "" };
            let shown = html::escape(&text::line(&url, text::REMARK));
            Event::InlineHtml(format!("{closing} <span class=\"target\">({shown})</span>").into())
        }
        other => other,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

/// An entity may stand for a character that is not seen.
fn visible(text: &str) -> CowStr<'static> {
    text::shown(text, usize::MAX).into()
}

/// Whether a link leads to the web, and to where it seems to.
fn is_plain(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or(lower.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host_byte = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    url.len() <= text::REMARK
        && host.contains('.')
        && host.bytes().all(is_host_byte)
        && !host.contains("xn--")
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

fn formula(source: &str, display_mode: DisplayMode) -> CowStr<'static> {
    let is_simple = source.len() <= FORMULA && !DEFINITIONS.iter().any(|definition| source.contains(definition));
    if is_simple {
        let html = markdown::math(source, display_mode);
        if html.split('<').skip(1).all(is_element) {
            return html;
        }
    }
    format!("<code>{}</code>", html::escape(source)).into()
}

/// Whether what follows a `<` is the beginning or the end of a formula's element.
fn is_element(part: &str) -> bool {
    let name = part.strip_prefix('/').unwrap_or(part);
    let end = name.find(|character: char| !character.is_ascii_lowercase()).unwrap_or(name.len());
    ELEMENTS.contains(&&name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_drawn() {
        let html = html("# A\n\n*b* `c` $x^2 < 1$\n\n| a |\n|---|\n| 1 |\n\n```rust\nlet x;\n```\n");
        for expected in ["<h1>A</h1>", "<em>b</em>", "<code>c</code>", "<msup>", "<td>1</td>", "<pre><code>let x;"] {
            assert!(html.contains(expected), "{expected}\n{html}");
        }
        assert!(!html.contains("class=\"language"), "{html}");
    }

    #[test]
    fn html_is_text() {
        let html = html(
            "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b <b>c</b>\n\n<svg onload=alert(1)>\n<style>*{}</style>\n</svg>\n\n\
             <!-- x -->\n\n$\\text{<img src=x>}$ $<img/src=x>$ $\\foo<img src=x onerror=alert(1)>$",
        );
        for tag in ["<script", "<img", "<b>", "<svg", "<style", "<!--"] {
            assert!(!html.contains(tag), "{tag}\n{html}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    }

    #[test]
    fn links_lead_where_they_say() {
        let html = super::html("[here](https://example.org/a?b=1&c=2 \"title\") <https://example.org>");
        assert!(
            html.contains(
                "<a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noopener noreferrer nofollow\">here</a> \
                 <span class=\"target\">(https://example.org/a?b=1&amp;c=2)</span>"
            ),
            "{html}"
        );
        assert!(html.contains("<a href=\"https://example.org\""), "{html}");
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//example.org",
            "ftp://example.org",
            "https://bank.example@evil.example/",
            "https://exаmple.org",
            "https://xn--exmple-4nf.org",
            "https:///x",
            "vbscript:x",
            "&#106;avascript:alert(1)",
            "java&Tab;script:alert(1)",
            "../../grades.csv",
        ] {
            let html = super::html(&format!("[a]({url}) <{url}>"));
            assert!(!html.contains("<a ") && !html.contains("href"), "{html}");
        }
    }

    #[test]
    fn pictures_are_not_loaded() {
        let html = html(
            "![a *b*](https://example.org/x.png) ![c](data:image/svg+xml;base64,AAAA) [![d](x.png)](https://e.org)",
        );
        assert!(!html.contains("<img") && !html.contains("data:"), "{html}");
        assert!(html.contains("<span class=\"absent\">picture: a <em>b</em></span>"), "{html}");
    }

    #[test]
    fn what_turns_text_around_is_seen() {
        assert_eq!(html("a\u{202e}b &#x202e;c `d\u{202e}`"), "<p>a⟨U+202E⟩b ⟨U+202E⟩c <code>d⟨U+202E⟩</code></p>\n");
    }

    #[test]
    fn formulas_define_nothing() {
        let html = html("$\\def\\a{xx}\\def\\b{\\a\\a}\\b$ $\\newcommand{\\a}{x}\\a$");
        assert!(!html.contains("<math") && html.contains("<code>\\def"), "{html}");
    }

    #[test]
    fn deep_and_long_texts_come_to_an_end() {
        let deep = |text: &str| text.repeat(60_000 / text.len());
        for source in [
            deep("> "),
            deep("- "),
            deep("["),
            deep("![a]("),
            deep("*a_"),
            deep("`"),
            deep("<a "),
            deep("$\\sqrt"),
            deep("|a\n|-\n"),
            deep("&#x202e;"),
            format!("${}$", "{".repeat(1990)),
            format!("${}x$", "\\sqrt".repeat(390)),
            format!("${}x{}$", "\\left(".repeat(150), "\\right)".repeat(150)),
            format!("${}x$", "x^".repeat(900)),
            format!("$$\\begin{{array}}{{*{{999999999}}{{c}}}}{}\\end{{array}}$$", "&".repeat(1000)),
            "x".repeat(3_000_000),
        ] {
            let html = html(&source);
            assert!(html.len() < 8_000_000, "{} {}", &source[..20], html.len());
        }
    }
}
