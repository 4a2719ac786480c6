//! Keeps a student's slip of the hand from changing the assignment: Jupyter neither edits nor deletes locked cells.
//!
//! The rules are those of nbgrader's `LockCells`.

use super::nbgrader::{Kind, checked, metadata_mut};
use nbformat::v4;

/// Locks what is given; what is to be filled in can be edited, and not deleted.
pub fn lock(notebook: &mut v4::Notebook) {
    for cell in &mut notebook.cells {
        let Some((_, kind)) = checked(cell) else { continue };
        let metadata = metadata_mut(cell);
        metadata.deletable = Some(false);
        if matches!(kind, Kind::Test | Kind::Task | Kind::Locked) {
            metadata.editable = Some(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    #[test]
    fn what_is_locked() {
        let cells = [metadata("a", "solution"), metadata("b", "test"), metadata("c", "locked"), String::new()];
        let cells: Vec<(&str, &str)> = cells.iter().map(|header| (header.as_str(), "1")).collect();
        let mut notebook = notebook(&cells);
        lock(&mut notebook);
        let flags: Vec<_> =
            notebook.cells.iter().map(|cell| (cell.metadata().deletable, cell.metadata().editable)).collect();
        let no = Some(false);
        assert_eq!(flags, [(no, None), (no, no), (no, no), (None, None)]);
    }
}
