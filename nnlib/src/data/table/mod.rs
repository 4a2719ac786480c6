//! Columns of numbers with names, shown as a table.

mod cells;
mod summary;

use std::fmt;
use std::iter;

use ndarray::{Axis, Slice};

use crate::array::{Matrix, Vector};
use crate::inline::{self, Content};
use crate::text::{escape_attribute, one_line};

/// The most rows that are shown; of a longer table, half as many of both ends.
const MOST_SHOWN: usize = 10;

/// Columns of numbers with names, all of one length.
///
/// As the last expression of a cell it is shown as a table, and printed as aligned text. Of a long one, the first and the
/// last five rows are.
///
/// ```
/// use nnlib::data::Table;
/// use nnlib::ndarray::array;
///
/// let table = Table::new(&["width", "height"], &array![[1.0, 2.5], [3.0, 0.25]]).with_column("area", array![2.5, 0.75]);
/// assert_eq!(table.column("area").sum(), 3.25);
/// assert_eq!(
///     table.to_string(),
///     "   width  height  area\n\
///      0    1.0    2.50  2.50\n\
///      1    3.0    0.25  0.75"
/// );
/// ```
#[derive(Clone, PartialEq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vector>,
    num_rows: usize,
    /// What stands before each row, instead of its number.
    row_labels: Option<Vec<String>>,
}

impl Table {
    /// The table whose columns are those of `values`, `(N, K)`, under these `names`.
    ///
    /// # Panics
    ///
    /// If there are not as many names as columns, or a name comes twice.
    #[track_caller]
    pub fn new(names: &[&str], values: &Matrix) -> Self {
        assert!(
            names.len() == values.ncols(),
            "Table::new: got {} names for {} columns, expected one for each",
            names.len(),
            values.ncols()
        );
        let mut table = Table { names: Vec::new(), columns: Vec::new(), num_rows: values.nrows(), row_labels: None };
        for (name, column) in names.iter().zip(values.columns()) {
            table.add("Table::new", name, column.to_owned());
        }
        table
    }

    /// The table with one more column, at the right.
    ///
    /// # Panics
    ///
    /// If there is a column of that name, or it has another length than the table.
    #[track_caller]
    pub fn with_column(mut self, name: &str, values: Vector) -> Self {
        self.add("Table::with_column", name, values);
        self
    }

    #[track_caller]
    fn add(&mut self, function: &str, name: &str, values: Vector) {
        assert!(!self.names.iter().any(|other| other == name), "{function}: there are two columns `{name}`");
        assert!(
            values.len() == self.num_rows,
            "{function}: column `{name}` has {} values, expected {}, one for each row",
            values.len(),
            self.num_rows
        );
        self.names.push(name.to_owned());
        self.columns.push(values);
    }

    /// How many rows there are.
    pub fn num_rows(&self) -> usize {
        self.num_rows
    }

    /// How many columns there are.
    pub fn num_columns(&self) -> usize {
        self.columns.len()
    }

    /// The names of the columns, from left to right.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of that name, `(N,)`.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn column(&self, name: &str) -> &Vector {
        match self.names.iter().position(|other| other == name) {
            Some(index) => &self.columns[index],
            None => panic!("Table::column: there is no column `{name}`; there are {:?}", self.names),
        }
    }

    /// The first `count` rows, or all if there are fewer.
    pub fn head(&self, count: usize) -> Table {
        let num_rows = count.min(self.num_rows);
        let head = |column: &Vector| column.slice_axis(Axis(0), Slice::from(..num_rows)).to_owned();
        Table {
            names: self.names.clone(),
            columns: self.columns.iter().map(head).collect(),
            num_rows,
            row_labels: self.row_labels.as_ref().map(|labels| labels[..num_rows].to_vec()),
        }
    }

    /// Count, mean, standard deviation, minimum, quartiles and maximum of each column: a row each.
    ///
    /// As `DataFrame.describe` of pandas: the deviation is that of a sample (divided by `N - 1`), a quantile between two
    /// values lies on the line between them, and NaN is left out.
    pub fn describe(&self) -> Table {
        Table {
            names: self.names.clone(),
            columns: self.columns.iter().map(summary::of).collect(),
            num_rows: summary::ROWS.len(),
            row_labels: Some(summary::ROWS.map(str::to_owned).to_vec()),
        }
    }

    /// The table as HTML, such as `<table>…</table>`.
    pub fn to_html(&self) -> String {
        let lines = self.lines();
        let row = |line: &[String], tag: &str| {
            let cells = line[1..].iter().map(|cell| format!("<{tag}>{}</{tag}>", escape_attribute(cell)));
            format!("<tr><th>{}</th>{}</tr>", escape_attribute(&line[0]), cells.collect::<String>())
        };
        let body: Vec<String> = lines[1..].iter().map(|line| row(line, "td")).collect();
        let size = self.size_line().map(|size| format!("\n<p>{size}</p>")).unwrap_or_default();
        format!(
            "<table>\n<thead>\n{}\n</thead>\n<tbody>\n{}\n</tbody>\n</table>{size}",
            row(&lines[0], "th"),
            body.join("\n")
        )
    }

    /// Shows the table below the cell, in a notebook.
    pub fn evcxr_display(&self) {
        inline::show(&[
            Content { mime_type: "text/html", text: &self.to_html() },
            Content { mime_type: "text/plain", text: &self.to_string() },
        ]);
    }

    /// The cells of all lines that are shown, the names and the rows' labels included.
    fn lines(&self) -> Vec<Vec<String>> {
        let shown = self.shown_rows();
        let label = |&row: &usize| match &self.row_labels {
            Some(labels) => one_line(&labels[row]),
            None => row.to_string(),
        };
        let labels = shown.iter().map(label).collect();
        let columns = self.columns.iter().map(|column| {
            let values: Vec<f64> = shown.iter().map(|&row| column[row]).collect();
            cells::of(&values)
        });
        let columns: Vec<Vec<String>> = iter::once(labels).chain(columns).collect();
        let names = iter::once(String::new()).chain(self.names.iter().map(|name| one_line(name))).collect();
        let row = |index: usize| columns.iter().map(|column| column[index].clone()).collect();
        let mut lines = vec![names];
        lines.extend((0..columns[0].len()).map(row));
        if self.num_rows > MOST_SHOWN {
            lines.insert(1 + MOST_SHOWN / 2, vec!["…".to_owned(); 1 + self.columns.len()]);
        }
        lines
    }

    /// Which rows are shown: all, or those of both ends.
    fn shown_rows(&self) -> Vec<usize> {
        match self.num_rows {
            count if count <= MOST_SHOWN => (0..count).collect(),
            count => (0..MOST_SHOWN / 2).chain(count - MOST_SHOWN / 2..count).collect(),
        }
    }

    /// How large the table is, if not all of it is shown.
    fn size_line(&self) -> Option<String> {
        (self.num_rows > MOST_SHOWN).then(|| format!("{} rows × {} columns", self.num_rows, self.num_columns()))
    }
}

/// Aligned text, two spaces between the columns.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.num_columns()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells[1..].iter().zip(&widths[1..]).map(|(cell, &width)| format!("  {cell:>width$}"));
            format!("{:<width$}{}", cells[0], padded.collect::<String>(), width = widths[0])
        };
        f.write_str(&lines.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        self.size_line().map_or(Ok(()), |size| write!(f, "\n{size}"))
    }
}

/// As [`Display`](fmt::Display).
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
