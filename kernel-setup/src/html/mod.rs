//! A notebook as one HTML page that needs nothing else: pictures inline, formulas as MathML, no scripts.

pub mod code;
pub mod markdown;

use crate::notebook;
use jupyter_protocol::MediaType;
use nbformat::v4;
use std::fmt::Write as _;

/// The style sheet of pages with cells, in colors that other sheets may change.
pub const STYLE: &str = include_str!("page.css");

/// The page for `document`.
pub fn page(document: &v4::Notebook, title: &str) -> String {
    let code = code::Highlighter::new();
    let mut body = String::new();
    for cell in &document.cells {
        let source = notebook::source(cell);
        match cell {
            v4::Cell::Markdown { .. } => {
                push(&mut body, format_args!("<section class=\"text\">{}</section>\n", markdown::html(&source)))
            }
            v4::Cell::Raw { .. } => push(&mut body, format_args!("<pre class=\"raw\">{}</pre>\n", escape(&source))),
            v4::Cell::Code { outputs, execution_count, .. } => {
                let count = execution_count.map(|count| count.to_string()).unwrap_or_default();
                push(
                    &mut body,
                    format_args!(
                        "<section class=\"cell\"><div class=\"count\">[{count}]</div><pre class=\"code\"><code>{}</code></pre></section>\n",
                        code.html(&source)
                    ),
                );
                for output in outputs {
                    push(&mut body, format_args!("<section class=\"output\">{}</section>\n", output_html(output)));
                }
            }
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(title)
    )
}

fn output_html(output: &v4::Output) -> String {
    match output {
        v4::Output::Stream { name, text } => {
            format!("<pre class=\"{}\">{}</pre>", if name == "stderr" { "stderr" } else { "stdout" }, escape(&text.0))
        }
        v4::Output::Error(error) => {
            let traceback = error.traceback.join("\n");
            format!("<pre class=\"error\">{}</pre>", escape(&without_colors(&traceback)))
        }
        v4::Output::ExecuteResult(result) => media(&result.data.content),
        v4::Output::DisplayData(data) => media(&data.data.content),
    }
}

/// The richest form that a page without scripts can show.
fn media(content: &[MediaType]) -> String {
    let rank = |media: &MediaType| match media {
        MediaType::Html(_) => 5,
        MediaType::Svg(_) => 4,
        MediaType::Png(_) | MediaType::Jpeg(_) => 3,
        MediaType::Markdown(_) => 2,
        MediaType::Plain(_) => 1,
        _ => 0,
    };
    let Some(best) = content.iter().max_by_key(|media| rank(media)) else { return String::new() };
    let alternative = content.iter().find_map(|media| match media {
        MediaType::Plain(text) => Some(escape(text)),
        _ => None,
    });
    let alternative = alternative.unwrap_or_default();
    match best {
        MediaType::Html(html) => html.clone(),
        // As an image, a picture cannot run anything, nor change the rest of the page.
        MediaType::Svg(svg) => {
            format!("<img alt=\"{alternative}\" src=\"data:image/svg+xml;base64,{}\">", base64(svg.as_bytes()))
        }
        MediaType::Png(data) => format!("<img alt=\"{alternative}\" src=\"data:image/png;base64,{}\">", data.trim()),
        MediaType::Jpeg(data) => format!("<img alt=\"{alternative}\" src=\"data:image/jpeg;base64,{}\">", data.trim()),
        MediaType::Markdown(text) => markdown::html(text),
        MediaType::Plain(text) => format!("<pre class=\"result\">{}</pre>", escape(text)),
        other => format!("<pre class=\"result\">({})</pre>", escape(other.mime_type())),
    }
}

/// Bytes as a `data:` link has them.
pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Text as HTML shows it, also inside an attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Removes the escape sequences that colour text in a terminal: `ESC [ … letter`.
pub fn without_colors(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Appends formatted text.
pub fn push(text: &mut String, arguments: std::fmt::Arguments) {
    text.write_fmt(arguments).expect("a String takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::percent;

    #[test]
    fn text_is_escaped_and_pictures_are_inside() {
        let mut document = percent::parse("// %% [markdown]\n// # A & B\n\n// %%\nlet x = 1 < 2;\n").unwrap();
        let v4::Cell::Code { outputs, execution_count, .. } = &mut document.cells[1] else { panic!("a code cell") };
        *execution_count = Some(1);
        outputs.push(v4::Output::Stream { name: "stdout".to_owned(), text: v4::MultilineString("<b>\n".to_owned()) });
        outputs.push(v4::Output::ExecuteResult(v4::ExecuteResult {
            execution_count: jupyter_protocol::ExecutionCount::new(1),
            data: jupyter_protocol::Media {
                content: vec![MediaType::Plain("a \"picture\"".to_owned()), MediaType::Png("AAAA".to_owned())],
            },
            metadata: Default::default(),
        }));
        let page = page(&document, "a <title>");
        assert!(page.contains("<h1>A &amp; B</h1>"), "{page}");
        assert!(page.contains("<title>a &lt;title&gt;</title>"));
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
        assert!(page.contains("<img alt=\"a &quot;picture&quot;\" src=\"data:image/png;base64,AAAA\">"));
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"), "{page}");
    }

    #[test]
    fn colors_are_removed() {
        assert_eq!(without_colors("\u{1b}[1;31mPanic\u{1b}[0m: x"), "Panic: x");
    }
}
