//! What a gradient check found, as a table.

use super::{entry_error, worse};
use ndarray::{ArrayD, Dimension};
use std::fmt;

/// The entry of a parameter at which analytic and numerical gradient differ most.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstEntry {
    /// The parameter.
    pub name: String,
    /// Where in the parameter.
    pub index: Vec<usize>,
    /// What the backward pass computed there.
    pub analytic: f64,
    /// What the central difference is there.
    pub numerical: f64,
    /// `|analytic - numerical| / max(1e-8, |analytic| + |numerical|)`; NaN if one of them is NaN.
    pub rel_error: f64,
}

impl WorstEntry {
    /// The first entry with the largest error; a NaN is larger than any. An array without entries has no error.
    pub(super) fn find(name: &str, analytic: &ArrayD<f64>, numerical: &ArrayD<f64>) -> Self {
        let mut worst =
            WorstEntry { name: name.to_owned(), index: Vec::new(), analytic: 0.0, numerical: 0.0, rel_error: 0.0 };
        for ((index, &analytic), &numerical) in analytic.indexed_iter().zip(numerical) {
            let rel_error = entry_error(analytic, numerical);
            let is_worse = rel_error > worst.rel_error || (rel_error.is_nan() && !worst.rel_error.is_nan());
            if worst.index.is_empty() || is_worse {
                worst = WorstEntry { name: worst.name, index: index.slice().to_vec(), analytic, numerical, rel_error };
            }
        }
        worst
    }
}

/// What [`check_gradients`](super::check_gradients) found: a row a parameter, in the order of their names.
///
/// Prints as a table, and shows as one at the end of a notebook's cell.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientReport {
    /// The worst entry of each parameter.
    pub rows: Vec<WorstEntry>,
}

impl GradientReport {
    /// The largest relative error of all; NaN if any gradient is NaN.
    pub fn max_error(&self) -> f64 {
        self.rows.iter().map(|row| row.rel_error).fold(0.0, worse)
    }

    /// The row of a parameter.
    ///
    /// # Panics
    ///
    /// If there is no such parameter.
    #[track_caller]
    pub fn row(&self, name: &str) -> &WorstEntry {
        match self.rows.iter().find(|row| row.name == name) {
            Some(row) => row,
            None => {
                let names: Vec<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
                panic!("GradientReport::row: there is no `{name}`; there are {names:?}")
            }
        }
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        let mut html = String::from("<table>\n");
        for (row, cells) in self.table().iter().enumerate() {
            let tag = if row == 0 { "th" } else { "td" };
            html += "<tr>";
            for cell in cells {
                let text = cell.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                html += &format!("<{tag}>{text}</{tag}>");
            }
            html += "</tr>\n";
        }
        html + "</table>"
    }

    /// Shows the table in a notebook; evcxr calls it for a report at the end of a cell.
    pub fn evcxr_display(&self) {
        println!("EVCXR_BEGIN_CONTENT text/html\n{}\nEVCXR_END_CONTENT", self.to_html());
        println!("EVCXR_BEGIN_CONTENT text/plain\n{self}\nEVCXR_END_CONTENT");
    }

    /// Heading and rows, as text.
    fn table(&self) -> Vec<[String; 5]> {
        let heading = ["parameter", "worst entry", "analytic", "numerical", "relative error"].map(str::to_owned);
        let rows = self.rows.iter().map(|row| {
            let numbers = [row.analytic, row.numerical].map(|number| format!("{number:.9e}"));
            let [analytic, numerical] = numbers;
            [row.name.clone(), format!("{:?}", row.index), analytic, numerical, format!("{:.2e}", row.rel_error)]
        });
        std::iter::once(heading).chain(rows).collect()
    }
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table();
        let width = |column: usize| table.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 5] = std::array::from_fn(width);
        for (row, cells) in table.iter().enumerate() {
            if row > 0 {
                writeln!(f)?;
            }
            // The name is set left, the numbers right.
            write!(f, "{:<width$}", cells[0], width = widths[0])?;
            for (cell, width) in cells.iter().zip(widths).skip(1) {
                write!(f, "  {cell:>width$}")?;
            }
        }
        Ok(())
    }
}
