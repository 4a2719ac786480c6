//! Whose cells are to blame when a notebook does not compile.

use super::exam::Exam;
use super::program::diagnostics::Diagnostic;
use super::sheet::{Layout, SheetCell};
use crate::passes::nbgrader::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// The cells that are to blame for errors, and what is wrong, in words for the student.
pub fn blame(
    errors: &[Diagnostic],
    layout: &Layout,
    exam: &Exam,
    sheet: &[SheetCell],
    on_reference: &BTreeSet<usize>,
    broken: &BTreeMap<usize, String>,
) -> BTreeMap<usize, String> {
    let is_students = |cell: usize| {
        let exam_cell = sheet[cell].exam;
        let is_answer = exam_cell.is_none_or(|index| exam.cells[index].kind == Some(Kind::Solution));
        let is_replaced = sheet[cell].void.is_some() || exam_cell.is_some_and(|index| on_reference.contains(&index));
        is_answer && !is_replaced && !broken.contains_key(&cell)
    };
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for error in errors {
        let Some(unit) = error.place.unit() else { continue };
        let (cell, _) = layout.keys[unit];
        if is_students(cell) {
            let text = &sheet[cell].text;
            let messages = found.entry(cell).or_default();
            // The same mistake in a loop or a macro is told once.
            let message = error.describe(unit, text);
            if !messages.contains(&message) && messages.len() < 5 {
                messages.push(message);
            }
        } else {
            elsewhere.push((cell, error));
        }
    }
    // An answer of another type or name than was asked for shows where it is used.
    if found.is_empty() {
        for (cell, error) in elsewhere {
            for answer in answers_behind(cell, exam, sheet).into_iter().filter(|answer| is_students(*answer)) {
                let message = format!(
                    "error: what was given does not compile with this answer: {}{}",
                    error.message,
                    error
                        .labels
                        .first()
                        .map(|(_, label)| format!(" ({label})"))
                        .filter(|label| label.len() > 3)
                        .unwrap_or_default()
                );
                found.entry(answer).or_insert_with(|| vec![message]);
            }
        }
    }
    // Last, whatever else is the student's: rustc says of which line it is, but for the linker's errors and its own. Cells that were added
    // go first, and the more were tried, the more at a time.
    if found.is_empty() {
        let own: Vec<usize> =
            (0..sheet.len()).rev().filter(|cell| sheet[*cell].is_code && is_students(*cell)).collect();
        let added: Vec<usize> = own.iter().copied().filter(|cell| sheet[*cell].exam.is_none()).collect();
        let (blamed, count) = if added.is_empty() { (own, 1) } else { (added, broken.len().max(1)) };
        let why = errors.first().map(|error| format!(": {}", error.message)).unwrap_or_default();
        for cell in blamed.into_iter().take(count) {
            found.insert(cell, vec![format!("error: the notebook does not compile with this cell{why}")]);
        }
    }
    found.into_iter().map(|(cell, messages)| (cell, messages.join("\n"))).collect()
}

/// The cells that the student has added, with what is said of them when there are too many mistakes.
pub fn all_added(sheet: &[SheetCell], broken: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    let added = sheet.iter().enumerate().filter(|(_, cell)| cell.is_code && cell.exam.is_none());
    let message = "error: so many cells do not compile that all that were added were left out";
    added.filter(|(index, _)| !broken.contains_key(index)).map(|(index, _)| (index, message.to_owned())).collect()
}

/// Cells of the sheet with the answers that a given cell rests upon.
fn answers_behind(cell: usize, exam: &Exam, sheet: &[SheetCell]) -> Vec<usize> {
    let Some(exam_cell) = sheet[cell].exam else { return Vec::new() };
    let question = exam.questions.iter().find(|question| question.cell == exam_cell);
    let answers: BTreeSet<usize> = match question {
        Some(question) if !question.answers.is_empty() => question.answers.iter().copied().collect(),
        _ => exam.reached_from(exam_cell),
    };
    (0..sheet.len()).filter(|index| sheet[*index].exam.is_some_and(|cell| answers.contains(&cell))).collect()
}
