//! nbgrader's cell metadata, schema version 3.
//!
//! Source: the documentation of nbgrader 0.9, "Creating and grading assignments"; `nbgraderformat/v3.py`.

use nbformat::v4;
use serde::{Deserialize, Serialize, Serializer};

const KEY: &str = "nbgrader";

/// What a cell is in an assignment.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Nbgrader {
    /// Filled in when the notebook is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell_type: Option<String>,
    /// Filled in when the notebook is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// The cell is worth points: a test, or an answer that a person marks.
    pub grade: bool,
    /// The cell's name in the grader's books.
    pub grade_id: String,
    /// The cell is not the student's to change.
    pub locked: bool,
    /// What it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "as_written")]
    pub points: Option<f64>,
    /// 3.
    pub schema_version: u32,
    /// The cell is the student's to fill in.
    pub solution: bool,
    /// A question that a person marks, answered in cells of the student's own.
    #[serde(default)]
    pub task: bool,
}

/// Whole points without a fraction, as authors write them.
fn as_written<S: Serializer>(points: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match points {
        Some(points) if points.fract() == 0.0 && points.abs() < 1e15 => serializer.serialize_i64(*points as i64),
        Some(points) => serializer.serialize_f64(*points),
        None => serializer.serialize_none(),
    }
}

/// The kinds of cells that an assignment has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Code to be written.
    Solution,
    /// Code that tests what was written, for points.
    Test,
    /// A written answer, which a person marks.
    Answer,
    /// A question answered in cells of one's own, which a person marks.
    Task,
    /// Given, and not to be changed.
    Locked,
}

impl Nbgrader {
    /// A cell's metadata, if it has any; what is wrong with them, otherwise.
    pub fn of(cell: &v4::Cell) -> Result<Option<Nbgrader>, String> {
        let Some(value) = cell.metadata().additional.get(KEY) else { return Ok(None) };
        let nbgrader: Nbgrader =
            serde_json::from_value(value.clone()).map_err(|error| format!("its nbgrader metadata: {error}"))?;
        nbgrader.kind(cell)?;
        Ok(Some(nbgrader))
    }

    /// What the flags together mean.
    pub fn kind(&self, cell: &v4::Cell) -> Result<Kind, String> {
        let code = matches!(cell, v4::Cell::Code { .. });
        match (code, self.solution, self.grade, self.task, self.locked) {
            (true, true, false, false, false) => Ok(Kind::Solution),
            (true, false, true, false, true) => Ok(Kind::Test),
            (false, true, true, false, false) => Ok(Kind::Answer),
            (false, false, false, true, true) => Ok(Kind::Task),
            (_, false, false, false, true) => Ok(Kind::Locked),
            _ => Err(format!(
                "`{}`: expected code to write (solution), code that tests (grade, locked), text to write (solution, grade), a task \
                 (task, locked) or something given (locked); found a {} cell with solution {}, grade {}, task {}, locked {}",
                self.grade_id,
                if code { "code" } else { "text" },
                self.solution,
                self.grade,
                self.task,
                self.locked
            )),
        }
    }
}

/// The metadata of a cell that passes have checked.
pub fn checked(cell: &v4::Cell) -> Option<(Nbgrader, Kind)> {
    let nbgrader = Nbgrader::of(cell).ok().flatten()?;
    let kind = nbgrader.kind(cell).ok()?;
    Some((nbgrader, kind))
}

/// Changes a cell's metadata, if it has any.
pub fn update(cell: &mut v4::Cell, change: impl FnOnce(&mut Nbgrader, &v4::Cell)) {
    if let Ok(Some(mut nbgrader)) = Nbgrader::of(cell) {
        change(&mut nbgrader, cell);
        let value = serde_json::to_value(nbgrader).expect("text, numbers and truth values");
        metadata_mut(cell).additional.insert(KEY.to_owned(), value);
    }
}

/// A cell's metadata, to be changed.
pub fn metadata_mut(cell: &mut v4::Cell) -> &mut v4::CellMetadata {
    match cell {
        v4::Cell::Code { metadata, .. } | v4::Cell::Markdown { metadata, .. } | v4::Cell::Raw { metadata, .. } => {
            metadata
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    #[test]
    fn the_kinds_of_cells() {
        let source = notebook(&[
            (&metadata("a", "solution"), "1"),
            (&metadata("b", "test"), "1"),
            (&format!("[markdown] {}", metadata("c", "answer")), "// text"),
            (&format!("[markdown] {}", metadata("d", "task")), "// text"),
            (&metadata("e", "locked"), "1"),
            ("", "1"),
        ]);
        let kinds: Vec<Option<Kind>> = source.cells.iter().map(|cell| checked(cell).map(|(_, kind)| kind)).collect();
        let expected = [Kind::Solution, Kind::Test, Kind::Answer, Kind::Task, Kind::Locked].map(Some);
        assert_eq!(kinds, expected.into_iter().chain([None]).collect::<Vec<_>>());
    }

    #[test]
    fn points_stay_as_they_are_written() {
        for points in ["2", "0.5"] {
            let text = metadata("a", "test").replace("\"points\": 2", &format!("\"points\": {points}"));
            let mut source = notebook(&[(&text, "1")]);
            let before = source.cells[0].metadata().additional[KEY].clone();
            update(&mut source.cells[0], |_, _| {});
            assert_eq!(source.cells[0].metadata().additional[KEY], before);
        }
    }

    #[test]
    fn flags_that_mean_nothing_together() {
        let source = notebook(&[(&metadata("a", "task"), "1")]);
        let message = Nbgrader::of(&source.cells[0]).unwrap_err();
        assert!(message.starts_with("`a`: expected code to write (solution), "), "{message}");
        assert!(
            message.ends_with("found a code cell with solution false, grade false, task true, locked true"),
            "{message}"
        );
        let source = notebook(&[(r#"nbgrader={"grade": true, "grade_id": 7}"#, "1")]);
        assert!(Nbgrader::of(&source.cells[0]).unwrap_err().contains("invalid type: integer `7`, expected a string"));
    }
}
