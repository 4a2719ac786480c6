//! Takes out what only the grader runs: hidden tests, and verdicts.

use super::Fault;
use super::regions::{Secret, regions};
use super::strip_solutions::replace;
use crate::notebook::{lines, set_source, source};
use nbformat::v4;

/// Removes every region of hidden tests and every verdict, with the empty lines before it.
pub fn strip(notebook: &mut v4::Notebook) -> Result<(), Fault> {
    remove(notebook, Secret::HiddenTests)?;
    remove(notebook, Secret::Verdict)
}

/// Removes verdicts only: hidden tests are run with the rest, and do nothing where nobody grades; a verdict is a program for others.
pub fn strip_verdicts(notebook: &mut v4::Notebook) -> Result<(), Fault> {
    remove(notebook, Secret::Verdict)
}

fn remove(notebook: &mut v4::Notebook, secret: Secret) -> Result<(), Fault> {
    const REMOVED: &str = "\0";
    for (index, cell) in notebook.cells.iter_mut().enumerate() {
        let text = source(cell);
        let found = regions(&text, secret).map_err(|(line, message)| Fault { cell: index, line, message })?;
        if found.is_empty() {
            continue;
        }
        let marked = replace(&text, &found, |_| REMOVED.to_owned());
        let mut kept: Vec<&str> = Vec::new();
        for line in marked.split('\n') {
            if line == REMOVED {
                while kept.last().is_some_and(|line| line.trim().is_empty()) {
                    kept.pop();
                }
            } else {
                kept.push(line);
            }
        }
        set_source(cell, lines(kept.join("\n").trim_end()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    #[test]
    fn what_is_hidden_goes_and_the_rest_stays() {
        let text = "let out = f();\nassert!(out > 0);\n\n// BEGIN HIDDEN TESTS\nprobe(\"f\", &out);\n// END HIDDEN TESTS\nprintln!(\"{out}\");\n\n// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS";
        let mut notebook = notebook(&[(&metadata("t", "test"), text), ("", "1\n\n2")]);
        strip(&mut notebook).unwrap();
        assert_eq!(source(&notebook.cells[0]), "let out = f();\nassert!(out > 0);\nprintln!(\"{out}\");");
        assert_eq!(source(&notebook.cells[1]), "1\n\n2");
    }
    #[test]
    fn verdicts_go_too_and_can_go_alone() {
        let tests = "// BEGIN HIDDEN TESTS\nprobe(\"f\", &f());\n// END HIDDEN TESTS";
        let verdict = "// BEGIN VERDICT\nfn verdict_f() {}\n// END VERDICT";
        let source_with = |text: &str| notebook(&[(&metadata("t", "test"), text)]);
        let mut released = source_with(&format!("f();\n{tests}\n\n{verdict}"));
        strip(&mut released).unwrap();
        assert_eq!(source(&released.cells[0]), "f();");
        let mut run = source_with(&format!("f();\n{tests}\n\n{verdict}"));
        strip_verdicts(&mut run).unwrap();
        assert_eq!(source(&run.cells[0]), format!("f();\n{tests}"));
    }
}
