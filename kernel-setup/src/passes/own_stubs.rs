//! Says behind each BEGIN SOLUTION what comes in the solution's place, for programs that release notebooks by themselves.

use super::Fault;
use super::nbgrader::{Kind, checked};
use super::regions::{Secret, regions};
use super::strip_solutions::stub;
use crate::notebook::{lines, set_source, source};
use nbformat::v4;

/// Puts the `todo!` of each solution in code behind its BEGIN SOLUTION, in the place of the hint.
pub fn put(notebook: &mut v4::Notebook) -> Result<(), Fault> {
    for (cell, v4_cell) in notebook.cells.iter_mut().enumerate() {
        let Some((nbgrader, Kind::Solution)) = checked(v4_cell) else { continue };
        let text = source(v4_cell);
        let found = regions(&text, Secret::Solution).map_err(|(line, message)| Fault { cell, line, message })?;
        let mut new: Vec<String> = text.lines().map(str::to_owned).collect();
        for region in &found {
            let stub = stub(&nbgrader.grade_id, &region.hint);
            new[region.lines.start] = format!("{}// BEGIN SOLUTION {stub}", region.indent);
        }
        set_source(v4_cell, lines(&new.join("\n")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    #[test]
    fn each_solution_has_its_own() {
        let text = "let a: i32 =\n    // BEGIN SOLUTION: \"one\"\n    1\n    // END SOLUTION\n;\nlet b: i32 =\n// BEGIN SOLUTION two\n2\n// END SOLUTION\n;";
        let mut notebook = notebook(&[
            (&metadata("q", "solution"), text),
            (
                &format!("[markdown] {}", metadata("w", "answer")),
                "// <!-- BEGIN SOLUTION -->\n// So.\n// <!-- END SOLUTION -->",
            ),
        ]);
        let before = source(&notebook.cells[1]);
        put(&mut notebook).unwrap();
        let expected = "let a: i32 =\n    // BEGIN SOLUTION todo!(\"q: \\\"one\\\"\")\n    1\n    // END SOLUTION\n;\nlet b: i32 =\n// BEGIN SOLUTION todo!(\"q: two\")\n2\n// END SOLUTION\n;";
        assert_eq!(source(&notebook.cells[0]), expected);
        assert_eq!(source(&notebook.cells[1]), before);
    }
}
