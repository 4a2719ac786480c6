//! Tables, as text and as HTML.

use crate::inline::{self, Content};
use crate::text::{escape_attribute, one_line};
use std::fmt::{self, Write};

/// Rows under a header, one of them marked, and a line below.
pub(super) struct Table {
    pub header: Vec<String>,
    /// Each as long as `header`.
    pub rows: Vec<Vec<String>>,
    /// The row that stands out.
    pub marked: Option<usize>,
    pub summary: String,
}

impl Table {
    /// Shows the table in a notebook, as HTML with the text beside it.
    pub(super) fn show(&self) {
        inline::show(&[
            Content { mime_type: "text/html", text: &self.html() },
            Content { mime_type: "text/plain", text: &self.to_string() },
        ]);
    }

    fn html(&self) -> String {
        let cells = |row: &[String], tag: &str| -> String {
            row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect()
        };
        let mut html = format!("<table><thead><tr>{}</tr></thead><tbody>", cells(&self.header, "th"));
        for (index, row) in self.rows.iter().enumerate() {
            let style = if self.marked == Some(index) { " style=\"font-weight: bold\"" } else { "" };
            html += &format!("<tr{style}>{}</tr>", cells(row, "td"));
        }
        html + &format!("</tbody></table><p>{}</p>", escaped(&self.summary))
    }
}

/// Columns are as wide as they must be; the marked row ends in an asterisk.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<Vec<String>> = [&self.header]
            .into_iter()
            .chain(&self.rows)
            .map(|row| row.iter().map(|cell| one_line(cell)).collect())
            .collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        for (index, line) in lines.iter().enumerate() {
            let mut text = String::new();
            for (cell, width) in line.iter().zip(&widths) {
                write!(text, "{cell:width$}  ")?;
            }
            let mark = if index > 0 && self.marked == Some(index - 1) { "*" } else { "" };
            writeln!(f, "{}", format!("{text}{mark}").trim_end())?;
        }
        write!(f, "{}", one_line(&self.summary))
    }
}

fn escaped(text: &str) -> String {
    escape_attribute(&one_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        Table {
            header: row(["größe", "loss"]),
            rows: vec![row(["1", "0.5000"]), row(["<b>\nEVCXR_END_CONTENT", "NaN"])],
            marked: Some(0),
            summary: "Best: 1 & \"only\"".to_owned(),
        }
    }

    #[test]
    fn text_is_set_in_columns() {
        let expected = "größe                  loss\n\
                        1                      0.5000  *\n\
                        <b> EVCXR_END_CONTENT  NaN\n\
                        Best: 1 & \"only\"";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn html_is_one_line_and_escaped() {
        let expected = "<table><thead><tr><th>größe</th><th>loss</th></tr></thead><tbody>\
                        <tr style=\"font-weight: bold\"><td>1</td><td>0.5000</td></tr>\
                        <tr><td>&lt;b&gt; EVCXR_END_CONTENT</td><td>NaN</td></tr>\
                        </tbody></table><p>Best: 1 &amp; &quot;only&quot;</p>";
        assert_eq!(table().html(), expected);
    }
}
