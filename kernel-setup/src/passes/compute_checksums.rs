//! nbgrader's checksums: it compares them to see which cells were edited.
//!
//! Source: `compute_checksum` in nbgrader 0.9, `nbgrader/utils.py`.

use super::nbgrader::{Kind, Nbgrader, checked, update};
use crate::notebook::source;
use md5::{Digest, Md5};
use nbformat::v4;

/// Writes the checksum and the type of each cell of the assignment into its metadata.
pub fn compute(notebook: &mut v4::Notebook) {
    for cell in &mut notebook.cells {
        let Some((_, kind)) = checked(cell) else { continue };
        update(cell, |nbgrader, cell| {
            nbgrader.checksum = Some(checksum(nbgrader, kind, cell));
            nbgrader.cell_type = Some(cell_type(cell).to_owned());
        });
    }
}

fn checksum(nbgrader: &Nbgrader, kind: Kind, cell: &v4::Cell) -> String {
    let python = |truth: bool| if truth { "True" } else { "False" };
    let mut hasher = Md5::new();
    hasher.update(source(cell));
    hasher.update(cell_type(cell));
    hasher.update(python(nbgrader.grade));
    hasher.update(python(nbgrader.solution));
    hasher.update(python(matches!(kind, Kind::Test | Kind::Task | Kind::Locked)));
    hasher.update(&nbgrader.grade_id);
    if let (true, Some(points)) = (nbgrader.grade, nbgrader.points) {
        // As Python writes a float: 1.0, 0.5.
        hasher.update(format!("{points:?}"));
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cell_type(cell: &v4::Cell) -> &'static str {
    match cell {
        v4::Cell::Code { .. } => "code",
        v4::Cell::Markdown { .. } => "markdown",
        v4::Cell::Raw { .. } => "raw",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    /// Computed with nbgrader 0.9.6:
    ///
    /// ```python
    /// from nbgrader.utils import compute_checksum
    /// from nbformat.v4 import new_code_cell, new_markdown_cell
    /// m = lambda **k: {'nbgrader': dict(k, schema_version=3)}
    /// print(compute_checksum(new_code_cell('let größe = 1;\nf()', metadata=m(
    ///     grade=True, grade_id='test_f', locked=True, points=2, solution=False, task=False))))
    /// print(compute_checksum(new_code_cell('1', metadata=m(
    ///     grade=False, grade_id='f', locked=False, solution=True, task=False))))
    /// print(compute_checksum(new_markdown_cell('Why?', metadata=m(
    ///     grade=False, grade_id='why', locked=True, points=2, solution=False, task=True))))
    /// ```
    #[test]
    fn checksums_are_nbgraders() {
        let mut notebook = notebook(&[
            (&metadata("test_f", "test"), "let größe = 1;\nf()"),
            (&metadata("f", "solution"), "1"),
            (&format!("[markdown] {}", metadata("why", "task")), "// Why?"),
        ]);
        compute(&mut notebook);
        let found: Vec<_> = notebook.cells.iter().map(|cell| checked(cell).unwrap().0).collect();
        let expected = [
            "c3cd4bbe13edcd761c1b283c574bdedb",
            "7f2a185a7dd46c91a1b90492c0984016",
            "2158a6a42e8e272e2ad886089ef8b11a",
        ];
        assert_eq!(found.iter().map(|nbgrader| nbgrader.checksum.as_deref().unwrap()).collect::<Vec<_>>(), expected);
        assert_eq!(found[2].cell_type.as_deref(), Some("markdown"));
    }
}
