//! Notebooks as they are handed in, made from what was handed out.

use super::corpus::{Change, Kind};
use crate::assignment;
use crate::grade::exam::Exam;
use crate::notebook;
use crate::passes::nbgrader::{checked, metadata_mut};
use anyhow::{Context, Result, bail};
use nbformat::v4;

/// More cells than there are tries for.
const MANY: usize = 150;

/// A notebook in which all questions are answered as the reference does, without its comments.
pub fn honest(exam: &Exam) -> v4::Notebook {
    let mut honest = exam.release.clone();
    assignment::mark(&mut honest, &exam.assignment);
    for index in exam.solutions() {
        let text: Vec<&str> = exam.cells[index].text.lines().filter(|line| !line.contains("// ")).collect();
        notebook::set_source(&mut honest.cells[index], notebook::lines(&text.join("\n")));
    }
    honest
}

/// The bytes of a notebook with these changes. `fill_in` puts in what stands for something of this run.
pub fn changed(exam: &Exam, changes: &[Change], fill_in: &dyn Fn(&str) -> String) -> Result<Vec<u8>> {
    let mut notebook = honest(exam);
    for (number, change) in changes.iter().enumerate() {
        let index = place(&notebook, &change.cell).with_context(|| format!("there is no cell `{}`", change.cell))?;
        let text = fill_in(&change.text);
        let lines = || notebook::lines(&text);
        let id = || v4::CellId::new(&format!("added-{number}")).expect("letters, digits and dashes");
        match change.kind {
            Kind::Answer => notebook::set_source(&mut notebook.cells[index], lines()),
            Kind::After => notebook.cells.insert(index + 1, code(&format!("added-{number}"), &text)),
            Kind::Many => notebook
                .cells
                .splice(
                    index + 1..index + 1,
                    (0..MANY).map(|n| {
                        let text = text.replace("@N@", &n.to_string()).replace("@M@", &(n + 1).to_string());
                        code(&format!("added-{number}-{n}"), &text)
                    }),
                )
                .for_each(drop),
            Kind::TextAfter => notebook.cells.insert(
                index + 1,
                v4::Cell::Markdown {
                    id: id(),
                    metadata: v4::CellMetadata::default(),
                    source: lines(),
                    attachments: None,
                },
            ),
            Kind::Copy => {
                let mut copy = notebook.cells[index].clone();
                notebook::set_source(&mut copy, lines());
                notebook.cells.push(copy);
            }
            Kind::Metadata => {
                let own = metadata_mut(&mut notebook.cells[index]).additional.get_mut("nbgrader");
                let (Some(serde_json::Value::Object(own)), serde_json::Value::Object(new)) =
                    (own, serde_json::from_str(&text).context("metadata are JSON")?)
                else {
                    bail!("`{}`: expected metadata of nbgrader", change.cell)
                };
                own.extend(new);
            }
            Kind::Last => {
                let cell = notebook.cells.remove(index);
                notebook.cells.push(cell);
            }
            Kind::Without => {
                notebook.cells.remove(index);
            }
        }
    }
    // Not by `notebook::to_text`: it would refuse two cells of one id.
    Ok(notebook::to_text(&notebook)?.into_bytes())
}

fn code(id: &str, text: &str) -> v4::Cell {
    v4::Cell::Code {
        id: v4::CellId::new(id).expect("letters, digits and dashes"),
        metadata: v4::CellMetadata::default(),
        execution_count: None,
        source: notebook::lines(text),
        outputs: Vec::new(),
    }
}

fn place(notebook: &v4::Notebook, name: &str) -> Option<usize> {
    notebook.cells.iter().position(|cell| checked(cell).is_some_and(|(nbgrader, _)| nbgrader.grade_id == name))
}
