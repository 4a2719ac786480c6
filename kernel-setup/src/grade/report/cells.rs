//! A submission's notebook as HTML: text, code, and what it showed.

use super::{picture, prose, text};
use crate::grade::marks::{Cell, Shown};
use crate::html::code::Highlighter;
use crate::html::{base64, escape, push};

/// The longest line that is highlighted.
const LINE: usize = 2000;
/// All code of a notebook that is highlighted, which takes a while.
const HIGHLIGHTED: usize = 256 * 1024;
/// Highlighting makes some code many times longer; it stays plain then.
const LONGER: usize = 512 * 1024;
/// All of a notebook's HTML but its pictures. A notebook for a course has a tenth of it.
const NOTEBOOK: usize = 4 << 20;
/// All of a notebook's pictures.
const PICTURES: usize = 12 << 20;
/// How many outputs of one cell are shown.
const OUTPUTS: usize = 50;

/// What the cells of notebooks are drawn with.
pub struct Drawing {
    code: Highlighter,
}

impl Drawing {
    /// Loads the grammars.
    pub fn new() -> Self {
        Drawing { code: Highlighter::new() }
    }

    /// All cells, each with the id `cell-<index>`; `badge` has the HTML that stands above a cell.
    pub fn notebook(&self, cells: &[Cell], badge: impl Fn(&Cell) -> String) -> String {
        let mut html = String::new();
        let (mut pictures, mut highlighted) = (PICTURES, HIGHLIGHTED);
        for (index, cell) in cells.iter().enumerate() {
            if html.len() > NOTEBOOK {
                let left = cells.len() - index;
                push(
                    &mut html,
                    format_args!("<p class=\"cut\">This notebook is very long; {left} cells are left out.</p>\n"),
                );
                break;
            }
            let whose = if cell.is_own { "own" } else { "given" };
            push(&mut html, format_args!("<article class=\"{whose}\" id=\"cell-{index}\">\n{}", badge(cell)));
            if cell.is_text {
                push(&mut html, format_args!("<div class=\"text\">{}</div>\n", prose::html(&cell.source)));
            } else {
                let code = self.code(&cell.source, &mut highlighted);
                push(&mut html, format_args!("<pre class=\"code\"><code>{code}</code></pre>\n"));
            }
            outputs(&mut html, cell, &mut pictures);
            if let Some(failure) = &cell.failure {
                push(&mut html, format_args!("<pre class=\"error\">{}</pre>\n", text::html(failure, text::OUTPUT)));
            }
            html += "</article>\n";
        }
        html
    }

    fn code(&self, source: &str, highlighted: &mut usize) -> String {
        let source = text::shown(source, text::SOURCE);
        let source = source.trim_end();
        if source.len() > *highlighted || source.lines().any(|line| line.len() > LINE) {
            return escape(source);
        }
        *highlighted -= source.len();
        // The grammars are sound, and not ours: should code make them panic, it stays plain.
        let highlight = std::panic::AssertUnwindSafe(|| self.code.html(source));
        match std::panic::catch_unwind(highlight) {
            Ok(html) if html.len() <= LONGER => html,
            _ => escape(source),
        }
    }
}

fn outputs(html: &mut String, cell: &Cell, pictures: &mut usize) {
    for (index, shown) in cell.shown.iter().enumerate() {
        if index == OUTPUTS {
            let left = cell.shown.len() - index;
            push(html, format_args!("<p class=\"cut\">{left} more outputs are left out.</p>\n"));
            break;
        }
        match shown {
            Shown::Text(output) => {
                push(
                    html,
                    format_args!("<pre class=\"output\">{}</pre>\n", text::html(output.trim_end(), text::OUTPUT)),
                );
            }
            Shown::Png(file) => match picture::made_anew(file) {
                Ok(picture) if picture.png.len() <= *pictures => {
                    *pictures -= picture.png.len();
                    push(
                        html,
                        format_args!(
                            "<p class=\"output\"><img alt=\"a picture that the cell showed\" width=\"{}\" height=\"{}\" \
                             src=\"data:image/png;base64,{}\"></p>\n",
                            picture.width,
                            picture.height,
                            base64(&picture.png)
                        ),
                    );
                }
                Ok(_) => *html += "<p class=\"cut\">There are too many pictures to show this one.</p>\n",
                Err(error) => {
                    let reason = text::html(&format!("{error:#}"), text::REMARK);
                    push(html, format_args!("<p class=\"cut\">This picture cannot be shown: {reason}.</p>\n"));
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;

    fn html(cells: &[Cell]) -> String {
        Drawing::new().notebook(cells, |_| String::new())
    }

    #[test]
    fn outputs_are_text_and_pictures_of_our_own() {
        let hostile = Shown::Text("<script>alert(1)</script>\u{1b}[31m\0<img src=x>\u{202e}".to_owned());
        let svg = Shown::Png(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec());
        let mut cell = example::showing(vec![hostile, svg, Shown::Png(example::png(4, 4, |_| {}))]);
        cell.failure = Some("error[E0308]: </pre><script>".to_owned());
        cell.source = "let x = \"</code></pre><script>alert(1)</script>\";".to_owned();
        let html = html(&[cell]);
        assert!(!html.contains("<script") && !html.contains("<svg") && !html.contains('\0'), "{html}");
        assert_eq!(html.matches("<img").count(), 1, "{html}");
        assert!(html.contains("src=\"data:image/png;base64,iVBORw0KGgo"), "{html}");
        assert!(html.contains("This picture cannot be shown: no PNG file"), "{html}");
        assert!(html.contains("&lt;img src=x&gt;⟨U+202E⟩"), "{html}");
        assert!(html.contains("error[E0308]: &lt;/pre&gt;&lt;script&gt;"), "{html}");
    }

    #[test]
    fn pages_have_an_end() {
        let long = "x".repeat(3_000_000);
        let cells = vec![
            Cell { failure: Some(long.clone()), ..example::showing(vec![Shown::Text(long.clone()); 200]) },
            example::cell(false, &long),
            example::cell(false, &"(".repeat(60_000)),
            example::cell(false, &"({[<|&'a\"\n".repeat(6000)),
            example::cell(true, &long),
        ];
        let html = html(&cells);
        assert!(html.len() < 3_000_000, "{}", html.len());
        assert!(html.contains("150 more outputs are left out") && html.contains("MB are left out …"));
        let many = super::tests::html(&vec![example::cell(false, &"let x = 1;\n".repeat(3000)); 500]);
        assert!(many.len() < NOTEBOOK + LONGER, "{}", many.len());
        assert!(many.contains("cells are left out"));
    }
}
