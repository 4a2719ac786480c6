//! Puts a `todo!` that says what is asked in the place of each solution.
//!
//! `todo!` has every type, so the notebook still compiles, and running a cell that needs a missing answer names the question. A written
//! answer gives way to a line that asks for one.

use super::Fault;
use super::nbgrader::{Kind, checked};
use super::regions::{Region, Secret, regions};
use crate::notebook::{lines, set_source, source};
use nbformat::v4;

/// In the place of a written answer.
pub const ANSWER_HERE: &str = "*Your answer here.*";

/// Strips every solution region; a written answer without one is replaced as a whole, as nbgrader does.
pub fn strip(notebook: &mut v4::Notebook) -> Result<(), Fault> {
    for (index, cell) in notebook.cells.iter_mut().enumerate() {
        let Some((nbgrader, kind)) = checked(cell) else { continue };
        let text = source(cell);
        let found = regions(&text, Secret::Solution).map_err(|(line, message)| Fault { cell: index, line, message })?;
        let stripped = match kind {
            Kind::Solution => {
                replace(&text, &found, |region| format!("{}{}", region.indent, stub(&nbgrader.grade_id, &region.hint)))
            }
            Kind::Answer if found.is_empty() => ANSWER_HERE.to_owned(),
            Kind::Answer => replace(&text, &found, |region| format!("{}{ANSWER_HERE}", region.indent)),
            Kind::Test | Kind::Task | Kind::Locked => continue,
        };
        set_source(cell, lines(&stripped));
    }
    Ok(())
}

/// The text with one line in the place of each region.
pub(super) fn replace(text: &str, regions: &[Region], stub: impl Fn(&Region) -> String) -> String {
    let mut kept: Vec<String> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        match regions.iter().find(|region| region.lines.contains(&number)) {
            None => kept.push(line.to_owned()),
            Some(region) if number == region.lines.start => kept.push(stub(region)),
            Some(_) => {}
        }
    }
    kept.join("\n")
}

/// What stands in a solution's place.
pub(super) fn stub(grade_id: &str, hint: &str) -> String {
    format!("todo!({})", string_literal(grade_id, hint))
}

/// A message for `todo!`, whose first argument is a format string.
fn string_literal(grade_id: &str, hint: &str) -> String {
    let message = format!("{grade_id}: {hint}");
    let escaped: String = message
        .chars()
        .map(|c| match c {
            '{' => "{{".to_owned(),
            '}' => "}}".to_owned(),
            '"' | '\\' => format!("\\{c}"),
            other => other.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    fn stripped(header: &str, text: &str) -> String {
        let mut notebook = notebook(&[(header, text)]);
        strip(&mut notebook).unwrap();
        source(&notebook.cells[0])
    }

    #[test]
    fn code_becomes_a_todo_with_the_question_and_the_hint() {
        let text = "/// Doc.\nfn f(x: i32) -> i32 {\n    let given = 1;\n    // BEGIN SOLUTION: \"x\" plus {given}\n    let y = x;\n    y + given\n    // END SOLUTION\n}";
        let expected =
            "/// Doc.\nfn f(x: i32) -> i32 {\n    let given = 1;\n    todo!(\"question: \\\"x\\\" plus {{given}}\")\n}";
        assert_eq!(stripped(&metadata("question", "solution"), text), expected);
    }

    #[test]
    fn several_regions_of_a_cell() {
        let text = "let a: i32 =\n    // BEGIN SOLUTION one\n    1\n    // END SOLUTION\n;\nlet b: i32 =\n// BEGIN SOLUTION two\n2\n// END SOLUTION\n;";
        let expected = "let a: i32 =\n    todo!(\"q: one\")\n;\nlet b: i32 =\ntodo!(\"q: two\")\n;";
        assert_eq!(stripped(&metadata("q", "solution"), text), expected);
    }

    #[test]
    fn a_written_answer() {
        let header = format!("[markdown] {}", metadata("q", "answer"));
        let text = "// Why?\n//\n// <!-- BEGIN SOLUTION -->\n// So.\n// <!-- END SOLUTION -->";
        assert_eq!(stripped(&header, text), "Why?\n\n*Your answer here.*");
        assert_eq!(stripped(&header, "// So."), ANSWER_HERE);
    }

    #[test]
    fn the_rest_stays() {
        assert_eq!(stripped("", "1 + 1"), "1 + 1");
        assert_eq!(stripped(&metadata("t", "test"), "f();"), "f();");
    }
}
