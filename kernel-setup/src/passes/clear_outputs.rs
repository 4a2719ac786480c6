//! Takes out what cells showed when their author ran them.

use nbformat::v4;

/// Removes outputs and execution counts.
pub fn clear(notebook: &mut v4::Notebook) {
    for cell in &mut notebook.cells {
        if let v4::Cell::Code { outputs, execution_count, .. } = cell {
            outputs.clear();
            *execution_count = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::notebook;

    #[test]
    fn nothing_stays() {
        let mut notebook = notebook(&[("", "1")]);
        if let v4::Cell::Code { outputs, execution_count, .. } = &mut notebook.cells[0] {
            outputs.push(v4::Output::Stream { name: "stdout".to_owned(), text: v4::MultilineString("1".to_owned()) });
            *execution_count = Some(3);
        }
        clear(&mut notebook);
        assert!(
            matches!(&notebook.cells[0], v4::Cell::Code { outputs, execution_count: None, .. } if outputs.is_empty())
        );
    }
}
