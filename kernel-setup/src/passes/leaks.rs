//! Whether anything secret is left in a released notebook: an audit that trusts none of the passes.
//!
//! What is public of a source is what stands outside of all regions. A line of a region may well occur there too (`}`, say), and then it
//! is no secret; but the released notebook must not hold it more often than the public part does, wherever it looks: text, metadata,
//! outputs, attachments.

use super::Fault;
use super::regions::Secret;
use crate::notebook::source;
use nbformat::v4;
use serde_json::Value;

/// Shorter lines are compared with whole lines; longer ones are looked for within others as well.
const LONG: usize = 12;

/// The first secret line of `source` that `released` gives away.
pub fn find(original: &v4::Notebook, released: &v4::Notebook) -> Option<Fault> {
    for (index, cell) in released.cells.iter().enumerate() {
        let (outputs, attached) = match cell {
            v4::Cell::Code { outputs, .. } => (!outputs.is_empty(), false),
            v4::Cell::Markdown { attachments, .. } => (false, attachments.is_some()),
            v4::Cell::Raw { .. } => (false, false),
        };
        if outputs || attached {
            let what = if outputs { "outputs" } else { "attachments" };
            return Some(Fault::of_cell(index, format!("a leak: the released cell has {what}")));
        }
    }
    let (public, secrets) = divide(original);
    let released = texts(&serde_json::to_value(released).expect("a notebook is JSON"));
    secrets.into_iter().find_map(|(cell, line, secret)| {
        let given_away = count(&released, &secret) > count(&public, &secret);
        given_away.then(|| Fault { cell, line, message: format!("a leak: the released notebook contains `{secret}`") })
    })
}

/// The public lines of a source, and the secret ones with their places.
fn divide(original: &v4::Notebook) -> (Vec<String>, Vec<(usize, usize, String)>) {
    let mut public = Vec::new();
    let mut secrets = Vec::new();
    for (index, cell) in original.cells.iter().enumerate() {
        let mut hidden = false;
        for (number, line) in source(cell).lines().enumerate() {
            let is = |word: &str| Secret::ALL.iter().any(|secret| line.contains(&format!("{word} {}", secret.name())));
            if is("BEGIN") {
                hidden = true;
                // The hint is shown to students.
                public.push(line.to_owned());
            } else if is("END") {
                hidden = false;
            } else if !hidden {
                public.push(line.to_owned());
            } else if line.chars().any(char::is_alphanumeric) {
                secrets.push((index, number, line.trim().to_owned()));
            }
        }
    }
    (public, secrets)
}

/// Every line of text in a JSON value: of keys and of values.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(entries) => {
            entries.iter().flat_map(|(key, value)| [key.clone()].into_iter().chain(texts(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn count(lines: &[String], secret: &str) -> usize {
    if secret.chars().count() < LONG {
        lines.iter().filter(|line| line.trim() == secret).count()
    } else {
        lines.iter().map(|line| line.matches(secret).count()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::nbgrader::metadata_mut;
    use crate::passes::student_version;
    use crate::passes::testing::{metadata, notebook};

    fn original() -> v4::Notebook {
        notebook(&[
            (
                &metadata("f", "solution"),
                "fn f(x: i32) -> i32 {\n// BEGIN SOLUTION x plus forty-two\nlet y = x + 42;\ny\n// END SOLUTION\n}",
            ),
            (
                &metadata("test_f", "test"),
                "let y = 1;\nf(y);\n// BEGIN HIDDEN TESTS\nprobe(\"f\", &f(probe_rng()));\n// END HIDDEN TESTS\n// BEGIN VERDICT\nfn verdict_f(x: i32) -> bool {\n    x == 84\n}\n// END VERDICT",
            ),
        ])
    }

    #[test]
    fn the_passes_leave_nothing() {
        let original = original();
        let released = student_version(&original, &[]).unwrap();
        assert_eq!(find(&original, &released), None);
        assert_eq!(source(&released.cells[0]), "fn f(x: i32) -> i32 {\ntodo!(\"f: x plus forty-two\")\n}");
        assert_eq!(source(&released.cells[1]), "let y = 1;\nf(y);");
    }

    fn leak(change: impl FnOnce(&mut v4::Notebook)) -> String {
        let original = original();
        let mut released = student_version(&original, &[]).unwrap();
        change(&mut released);
        find(&original, &released).map_or(String::new(), |fault| fault.to_string())
    }

    #[test]
    fn a_leak_anywhere_is_found() {
        let expected = "cell 1, line 3: a leak: the released notebook contains `let y = x + 42;`";
        assert_eq!(leak(|notebook| notebook.cells.push(original().cells.remove(0))), expected);
        let in_metadata = |notebook: &mut v4::Notebook| {
            metadata_mut(&mut notebook.cells[1]).additional.insert("old".to_owned(), "// let y = x + 42;".into());
        };
        assert_eq!(leak(in_metadata), expected);
        let as_key = |notebook: &mut v4::Notebook| {
            notebook.metadata.additional.insert("let y = x + 42;".to_owned(), Value::Null);
        };
        assert_eq!(leak(as_key), expected);
        let short = |notebook: &mut v4::Notebook| {
            notebook.metadata.additional.insert("answer".to_owned(), "  y".into());
        };
        assert_eq!(leak(short), "cell 1, line 4: a leak: the released notebook contains `y`");
        let test = |notebook: &mut v4::Notebook| {
            notebook.metadata.additional.insert("test".to_owned(), "probe(\"f\", &f(probe_rng()));".into());
        };
        assert!(leak(test).starts_with("cell 2, line 4: a leak: "));
        let verdict = |notebook: &mut v4::Notebook| {
            notebook.metadata.additional.insert("verdict".to_owned(), "x == 84".into());
        };
        assert_eq!(leak(verdict), "cell 2, line 8: a leak: the released notebook contains `x == 84`");
    }

    #[test]
    fn outputs_and_attachments_are_leaks() {
        let output = |notebook: &mut v4::Notebook| {
            let stream = v4::Output::Stream { name: "stdout".to_owned(), text: v4::MultilineString("1".to_owned()) };
            if let v4::Cell::Code { outputs, .. } = &mut notebook.cells[1] {
                outputs.push(stream);
            }
        };
        assert_eq!(leak(output), "cell 2, line 1: a leak: the released cell has outputs");
    }
}
