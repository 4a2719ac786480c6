use super::values::MAX_METADATA_VALUES;
use super::*;
use crate::notebook::source;

fn error(text: &str) -> String {
    read(text.as_bytes()).map(|_| ()).unwrap_err()
}

fn of_cells(cells: &str) -> String {
    format!(r#"{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": [{cells}]}}"#)
}

#[test]
fn a_notebook_with_everything_in_it() {
    let text = r#"{"metadata": {"widgets": {"deep": [[[1]]]}, "nnlib": {"assignment": "softmax-regression", "withheld": ["layers"]}},
        "nbformat": 4, "nbformat_minor": 5, "cells": [
        {"cell_type": "code", "id": "ab", "metadata": {"tags": [], "nbgrader": {"grade_id": "f", "points": 1.5, "grade": true}},
         "execution_count": 3, "source": ["let x = 1;\r\n", "x"], "outputs": [{"output_type": "nonsense"}, 1e999]},
        {"cell_type": "markdown", "source": "Text\n", "attachments": {"a.png": {}}},
        {"cell_type": "raw", "id": "not legal!", "metadata": {}, "source": []}]}"#;
    let Submitted { notebook, assignment } = read(format!("\u{feff}{text}").as_bytes()).unwrap();
    assert_eq!(assignment.as_deref(), Some("softmax-regression"));
    let texts: Vec<String> = notebook.cells.iter().map(source).collect();
    assert_eq!(texts, ["let x = 1;\nx", "Text\n", ""]);
    let ids: Vec<&str> = notebook.cells.iter().map(|cell| cell.id().as_str()).collect();
    assert_eq!(ids, ["ab", "without-id-1", "without-id-2"]);
    assert_eq!(notebook.cells[0].metadata().additional["nbgrader"]["points"], 1.5);
    assert!(matches!(&notebook.cells[0], v4::Cell::Code { outputs, .. } if outputs.is_empty()));
}

#[test]
fn what_is_no_notebook() {
    assert_eq!(error("  \n"), "the file is empty: save the notebook, and hand it in again");
    assert!(
        error("fn main() {}").starts_with("the file is no notebook, or only a part of one: expected JSON, found: ")
    );
    assert_eq!(
        read(b"{\"a\": \"\xff\"}").map(|_| ()).unwrap_err(),
        "the file is no notebook: expected UTF-8, found something else at byte 7"
    );
    let whole = of_cells(r#"{"cell_type": "raw", "source": "a"}"#);
    for end in 1..whole.len() {
        assert!(error(&whole[..end]).contains("only a part of one"), "{end}");
    }
    assert!(error(&format!("{whole} {whole}")).contains("trailing characters"));
    assert!(error("[]").contains("expected a notebook, which is a JSON object"));
    assert_eq!(error("{}"), "the file is no notebook: expected a number `nbformat`, found none");
    assert_eq!(error(r#"{"nbformat": 4}"#), "the file is no notebook: expected `cells`, found none");
    let old = r#"{"nbformat": 3, "worksheets": [{"cells": []}]}"#;
    let expected =
        "expected a notebook of format 4, found format 3: open it in JupyterLab, save it, and hand it in again";
    assert_eq!(error(old), expected);
    for number in ["4.0", "1e300", "18446744073709551615", "\"4\"", "[4]"] {
        let text = format!(r#"{{"nbformat": {number}, "cells": []}}"#);
        assert_eq!(error(&text), "the file is no notebook: expected a number `nbformat`, found none", "{number}");
    }
    assert!(error(r#"{"nbformat": 1e999, "cells": []}"#).contains("number out of range"));
    assert!(error(&of_cells(r#"{"cell_type": "raw", "source": "\ud800"}"#)).contains("only a part of one"));
}

#[test]
fn cells_that_are_none() {
    assert_eq!(
        error(&of_cells(r#"{"cell_type": "raw", "source": ""}, {"cell_type": "heading", "source": ""}"#)),
        "cell 2: expected a cell of code, markdown or raw text (`cell_type`), found another"
    );
    assert_eq!(error(&of_cells(r#"{"cell_type": "raw"}"#)), "cell 1: expected its text (`source`), found none");
    assert!(error(&of_cells("7")).contains("expected a cell, which is a JSON object"));
    assert!(error(&of_cells(r#"{"cell_type": "raw", "source": {"a": 1}}"#)).contains("the text of a cell"));
    assert!(error(&of_cells(r#"{"cell_type": "raw", "source": [1]}"#)).contains("expected a string"));
}

#[test]
fn keys_that_stand_twice() {
    let expected = |key: &str| format!("the key `{key}` stands twice in the same place");
    for cell in [
        r#"{"cell_type": "raw", "source": "a", "source": "b"}"#,
        r#"{"source": "a", "cell_type": "raw", "so\u0075rce": "b"}"#,
    ] {
        assert_eq!(error(&of_cells(cell)), expected("source"));
    }
    let twice = of_cells("").replace("\"metadata\"", "\"cells\": [], \"metadata\"");
    assert_eq!(error(&twice), expected("cells"));
    let twice = r#"{"cell_type": "raw", "source": "", "metadata": {"nbgrader": {"grade": true, "grade": false}}}"#;
    assert_eq!(error(&of_cells(twice)), "a key stands twice in a cell's nbgrader metadata");
    // Not read, and no concern.
    assert!(read(of_cells(r#"{"cell_type": "raw", "source": "", "x": 1, "x": 2}"#).as_bytes()).is_ok());
}

#[test]
fn nesting_is_no_danger() {
    let deep = "[".repeat(1_000_000);
    assert!(error(&deep).contains("expected a notebook"));
    let ignored = format!("{deep}{}", "]".repeat(1_000_000));
    for place in ["outputs", "attachments", "x"] {
        let cell = format!(r#"{{"cell_type": "code", "source": "", "{place}": {ignored}}}"#);
        assert!(read(of_cells(&cell).as_bytes()).is_ok(), "{place}");
    }
    let objects = "{\"a\":".repeat(100_000);
    let cell = format!(r#"{{"cell_type": "code", "source": "", "metadata": {{"nbgrader": {objects}"#);
    assert!(error(&of_cells(&cell)).contains("recursion limit exceeded"));
}

#[test]
fn what_is_too_much() {
    let cell = |text: &str| format!(r#"{{"cell_type": "raw", "source": "{text}"}}"#);
    let cells = vec![cell(""); MAX_CELLS].join(",");
    assert_eq!(read(of_cells(&cells).as_bytes()).unwrap().notebook.cells.len(), MAX_CELLS);
    assert_eq!(error(&of_cells(&format!("{cells},{}", cell("")))), "it has more than 2000 cells");
    assert_eq!(error(&of_cells(&cell(&"x".repeat(MAX_CELL + 1)))), "cell 1: its text is longer than 256 KB");
    let lines = vec!["\"0123456789\""; MAX_CELL / 10 + 1].join(",");
    let long = format!(r#"{{"cell_type": "raw", "source": [{lines}]}}"#);
    assert_eq!(error(&of_cells(&long)), "cell 1: its text is longer than 256 KB");
    let cells = vec![cell(&"x".repeat(MAX_CELL)); MAX_TEXT / MAX_CELL + 1].join(",");
    assert_eq!(error(&of_cells(&cells)), "its cells have more than 4 MB of text");
    let keys: Vec<String> = (0..=MAX_METADATA_VALUES).map(|key| format!("\"{key}\": 1")).collect();
    let cell = format!(r#"{{"cell_type": "raw", "source": "", "metadata": {{"nbgrader": {{{}}}}}}}"#, keys.join(","));
    assert_eq!(error(&of_cells(&cell)), "its metadata hold more than nbgrader writes");
    assert!(
        read(&vec![b' '; crate::grade::submission::intake::MAX_NOTEBOOK as usize + 1])
            .unwrap_err()
            .contains("larger than 32 MB")
    );
}

#[test]
fn outputs_are_passed_over() {
    let output = "x".repeat(20 << 20);
    let cell = format!(r#"{{"cell_type": "code", "outputs": ["{output}"], "source": "1"}}"#);
    let notebook = read(of_cells(&cell).as_bytes()).unwrap().notebook;
    assert_eq!(source(&notebook.cells[0]), "1");
}

/// Whatever bytes a notebook has, it is read or refused.
#[test]
fn any_bytes_are_read_or_refused() {
    let whole = of_cells(
        r#"{"cell_type": "code", "id": "ab", "metadata": {"nbgrader": {"grade_id": "f", "points": 1.5}}, "source": ["a\n", "ü"]}"#,
    );
    assert!(read(whole.as_bytes()).is_ok());
    for place in 0..whole.len() {
        for byte in [0, b'"', b'\\', b'{', b'}', b'[', b']', b',', b'9', b'e', 0x80, 0xff] {
            let mut changed = whole.clone().into_bytes();
            changed[place] = byte;
            let _ = read(&changed);
            changed.insert(place, byte);
            let _ = read(&changed);
        }
    }
}
