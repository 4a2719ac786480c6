//! A cell with markers put into its lines.

/// Text put into a line.
struct Insertion {
    /// Counted from 1.
    line: usize,
    /// The column before which it stands, counted from 1 in characters of the original line.
    column: usize,
    /// In characters.
    length: usize,
}

/// What was put in, from left to right.
#[derive(Default)]
pub struct Insertions(Vec<Insertion>);

impl Insertions {
    /// Puts each text before its byte of `code`; the bytes rise, and no text has a line break.
    pub fn make(code: &str, texts: Vec<(usize, String)>) -> (String, Self) {
        let mut rewritten = String::with_capacity(code.len());
        let mut done = 0;
        let mut insertions = Vec::new();
        for (byte, text) in texts {
            let before = &code[..byte];
            let line_start = before.rfind('\n').map_or(0, |end| end + 1);
            insertions.push(Insertion {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                length: text.chars().count(),
            });
            rewritten.push_str(&code[done..byte]);
            rewritten.push_str(&text);
            done = byte;
        }
        rewritten.push_str(&code[done..]);
        (rewritten, Insertions(insertions))
    }

    /// The column of the original line for one of the rewritten line; both count from 1.
    pub fn original_column(&self, line: usize, column: usize) -> usize {
        let in_line = self.0.iter().filter(|insertion| insertion.line == line);
        // What stands in an inserted text belongs to what it was put before.
        in_line.fold(column, |column, insertion| {
            if column < insertion.column {
                column
            } else {
                insertion.column.max(column.saturating_sub(insertion.length))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_again() {
        let code = "a\né1é2é3\nb";
        let (rewritten, insertions) = Insertions::make(code, vec![(4, "XYZ".to_owned()), (7, "ÄÖ".to_owned())]);
        assert_eq!(rewritten, "a\néXYZ1éÄÖ2é3\nb");
        let columns: Vec<usize> = (1..=12).map(|column| insertions.original_column(2, column)).collect();
        assert_eq!(columns, [1, 2, 2, 2, 2, 3, 4, 4, 4, 5, 6, 7]);
        assert_eq!(insertions.original_column(1, 9), 9);
        assert_eq!(insertions.original_column(3, 2), 2);
    }
}
