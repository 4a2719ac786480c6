//! Answers of others: right ones that are written differently, and wrong ones, with what they must lose.
//!
//! They lie in files in percent format, a cell an answer, which takes the place of the solution cell `grade_id`:
//!
//! ```text
//! // %% grade_id="softmax" name="iterators"
//! // %% grade_id="softmax" name="no mean" loses=["test_softmax"] keeps="some"
//! ```

use crate::notebook::{percent, source};
use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;

/// An answer to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The solution cell that it takes the place of.
    pub grade_id: String,
    /// What is special about it.
    pub name: String,
    /// The cell.
    pub text: String,
    /// The test cells that lose points by it, and no others; none if it is right.
    pub loses: Vec<String>,
    /// Those keep a part of their points.
    pub keeps_some: bool,
}

/// Reads a file of answers.
pub fn read(path: &Path) -> Result<Vec<Answer>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let notebook = percent::parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    notebook.cells.iter().map(answer).collect::<Result<_>>().with_context(|| format!("{}", path.display()))
}

fn answer(cell: &nbformat::v4::Cell) -> Result<Answer> {
    let metadata = cell.metadata();
    let name = metadata.name.clone().context("an answer without a name")?;
    fn value<T: DeserializeOwned>(cell: &nbformat::v4::Cell, key: &str) -> Result<Option<T>> {
        let value = cell.metadata().additional.get(key).cloned();
        value.map(serde_json::from_value).transpose().with_context(|| format!("`{key}`"))
    }
    let in_answer = || format!("the answer `{name}`");
    Ok(Answer {
        grade_id: value(cell, "grade_id")
            .with_context(in_answer)?
            .with_context(|| format!("{} has no grade_id", in_answer()))?,
        text: source(cell),
        loses: value(cell, "loses").with_context(in_answer)?.unwrap_or_default(),
        keeps_some: value::<String>(cell, "keeps").with_context(in_answer)?.is_some_and(|keeps| keeps == "some"),
        name,
    })
}
