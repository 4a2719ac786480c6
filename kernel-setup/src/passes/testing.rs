//! Notebooks for the tests of passes.

use crate::notebook::percent;
use nbformat::v4;

/// A notebook of cells, each with what stands behind `// %%` and its text as in a source.
pub fn notebook(cells: &[(&str, &str)]) -> v4::Notebook {
    let text: String = cells.iter().map(|(header, source)| format!("// %% {header}\n{source}\n\n")).collect();
    percent::parse(&text).expect("a source for a test")
}

/// Metadata of a kind of cell; what is marked is worth 2 points.
pub fn metadata(grade_id: &str, kind: &str) -> String {
    let is = |kinds: &[&str]| kinds.contains(&kind);
    let (grade, solution) = (is(&["test", "answer"]), is(&["solution", "answer"]));
    let (task, locked) = (is(&["task"]), is(&["test", "task", "locked"]));
    let points = if grade || task { r#", "points": 2"# } else { "" };
    format!(
        r#"nbgrader={{"grade": {grade}, "grade_id": "{grade_id}", "locked": {locked}{points}, "schema_version": 3, "solution": {solution}, "task": {task}}}"#
    )
}
