//! A model as a table.

use std::fmt;

use crate::inline::{self, Content};

/// Widths of the table's columns in Keras, where a terminal has 80 columns; a blank on either side included.
const WIDTHS: [usize; 3] = [33, 24, 15];

/// How many bytes a parameter takes: an `f32`.
const BYTES: usize = 4;

/// The layers of a model with their output shapes and numbers of parameters, as Keras shows them.
///
/// `Display` gives the text, an output of a notebook cell is an HTML table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub(super) rows: Vec<Row>,
    /// How many parameters are trained.
    pub trainable: usize,
    /// How many are not: the moving averages of batch normalisation.
    pub non_trainable: usize,
    /// What the optimizer keeps, once it has taken a step.
    pub optimizer: Option<usize>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub name: String,
    pub kind: &'static str,
    /// The output shape and the number of parameters, once the input shape is known.
    pub built: Option<(String, usize)>,
}

impl Summary {
    /// How many parameters there are in all, the optimizer's too.
    pub fn total(&self) -> usize {
        self.trainable + self.non_trainable + self.optimizer.unwrap_or(0)
    }

    /// `Total params: 318,410 (1.21 MB)` and so on: what stands below the table.
    fn totals(&self) -> Vec<(&'static str, String)> {
        let mut totals = vec![
            ("Total params", self.total()),
            ("Trainable params", self.trainable),
            ("Non-trainable params", self.non_trainable),
        ];
        totals.extend(self.optimizer.map(|count| ("Optimizer params", count)));
        totals.into_iter().map(|(what, count)| (what, format!("{} ({})", thousands(count), size_text(count)))).collect()
    }

    /// Shows the table as the output of a notebook cell.
    pub fn evcxr_display(&self) {
        let (text, html) = (self.to_string(), self.to_html());
        inline::show(&[
            Content { mime_type: "text/plain", text: &text },
            Content { mime_type: "text/html", text: &html },
        ]);
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        let mut html = "<div><b>Model: \"sequential\"</b><table>\
                        <tr><th style=\"text-align:left\">Layer (type)</th><th style=\"text-align:left\">Output Shape</th>\
                        <th style=\"text-align:right\">Param #</th></tr>"
            .to_owned();
        for row in &self.rows {
            let [name, shape, params] = row.cells();
            html += &format!(
                "<tr><td style=\"text-align:left\">{name}</td><td style=\"text-align:left\">{shape}</td>\
                 <td style=\"text-align:right\">{params}</td></tr>"
            );
        }
        html += "</table>";
        for (what, count) in self.totals() {
            html += &format!("<b>{what}:</b> {count}<br>");
        }
        html + "</div>"
    }
}

impl Row {
    fn cells(&self) -> [String; 3] {
        let name = format!("{} ({})", self.name, self.kind);
        match &self.built {
            Some((shape, params)) => [name, shape.clone(), thousands(*params)],
            None => [name, "?".to_owned(), "0 (unbuilt)".to_owned()],
        }
    }
}

/// The table as Keras prints it.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["Layer (type)", "Output Shape", "Param #"].map(str::to_owned);
        writeln!(f, "Model: \"sequential\"")?;
        writeln!(f, "{}", rule('┏', '━', '┳', '┓'))?;
        write_row(f, &header, '┃')?;
        writeln!(f, "{}", rule('┡', '━', '╇', '┩'))?;
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(f, "{}", rule('├', '─', '┼', '┤'))?;
            }
            write_row(f, &row.cells(), '│')?;
        }
        write!(f, "{}", rule('└', '─', '┴', '┘'))?;
        for (what, count) in self.totals() {
            write!(f, "\n {what}: {count}")?;
        }
        Ok(())
    }
}

/// A horizontal line of the table.
fn rule(left: char, dash: char, cross: char, right: char) -> String {
    let dashes = WIDTHS.map(|width| dash.to_string().repeat(width));
    format!("{left}{}{right}", dashes.join(&cross.to_string()))
}

/// A row of the table, of as many lines as its longest cell needs.
fn write_row(f: &mut fmt::Formatter<'_>, cells: &[String; 3], border: char) -> fmt::Result {
    let [name, shape, params] = [0, 1, 2].map(|column| wrapped(&cells[column], WIDTHS[column] - 2));
    for line in 0..name.len().max(shape.len()).max(params.len()) {
        let text = |lines: &[String]| lines.get(line).cloned().unwrap_or_default();
        let [first, second, third] = [WIDTHS[0] - 2, WIDTHS[1] - 2, WIDTHS[2] - 2];
        let (name, shape, params) = (text(&name), text(&shape), text(&params));
        writeln!(f, "{border} {name:first$} {border} {shape:second$} {border} {params:>third$} {border}")?;
    }
    Ok(())
}

/// `text` in lines of at most `width` characters, broken between words; what of a word is too long is cut off.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let word = match word.char_indices().nth(width) {
            Some(_) => word.chars().take(width - 1).chain(['…']).collect(),
            None => word.to_owned(),
        };
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() {
            *line = word;
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            *line = format!("{line} {word}");
        } else {
            lines.push(word);
        }
    }
    lines
}

/// A number with a comma after every three digits: `307,300`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The memory of `count` parameters: `1.21 MB`, of 1024 KB.
fn size_text(count: usize) -> String {
    let mut size = (BYTES * count) as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_are_broken_or_cut_off() {
        // Keras's own table for a dense layer of 54,090,000,000 parameters has this cell.
        assert_eq!(wrapped("54,090,000,000", 13), ["54,090,000,0…"]);
        let name = "batch_normalization (BatchNormalization)";
        assert_eq!(wrapped(name, 31), ["batch_normalization", "(BatchNormalization)"]);
        assert_eq!(wrapped("dense (Dense)", 31), ["dense (Dense)"]);
    }

    #[test]
    fn numbers_and_sizes() {
        assert_eq!([0, 7, 318_410, 1_000].map(thousands), ["0", "7", "318,410", "1,000"]);
        let sizes = [0, 255, 256, 318_410, 54_090_000_448].map(size_text);
        assert_eq!(sizes, ["0.00 B", "1020.00 B", "1.00 KB", "1.21 MB", "201.50 GB"]);
    }
}
