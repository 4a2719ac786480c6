//! From a submission to what its student is given.

use super::attempt::Attempt;
use super::exam::Exam;
use super::marking::{Graded, Marker};
use super::marks::{Cell, Marked, Question, Shown, Status, Times};
use super::run::hexadecimal;
use super::sheet::{Part, SheetCell, Void};
use super::submission::alignment::{AlignedCell, Alignment, Role, State, align};
use super::submission::rules::{Findings, Violation};
use super::submission::{nesting, reading, rules};
use super::transcript::{Ending, UnitRun};
use crate::cells::{Content, Display, Piece, Stdout};
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The SHA-256 of a file.
pub fn hash(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// A submission that is graded: whose it is, and where it was found.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Whose.
    pub student: String,
    /// Where it was found.
    pub origin: String,
}

/// Grades the bytes of a notebook. Whatever goes wrong with this program is no fault of the student's, and is said.
pub fn grade(marker: &Marker, paper: &Paper, bytes: &[u8]) -> Marked {
    grade_by(marker, paper, bytes, true)
}

/// As [`grade`], for submissions whose rules nobody looks at: all that keeps them from harm is the sandbox.
pub fn grade_without_rules(marker: &Marker, paper: &Paper, bytes: &[u8]) -> Marked {
    grade_by(marker, paper, bytes, false)
}

fn grade_by(marker: &Marker, paper: &Paper, bytes: &[u8], has_rules: bool) -> Marked {
    let started = Instant::now();
    let work = AssertUnwindSafe(|| nesting::on_large_stack(|| grade_whole(marker, paper, bytes, has_rules)));
    let result = catch_unwind(work).unwrap_or_else(|_| Err(anyhow::anyhow!("the grader panicked")));
    let mut marked = result.unwrap_or_else(|error| at_fault(&marker.exam, paper, bytes, &format!("{error:#}")));
    // What was counted there so far is the time of sandboxes at work.
    marked.times.total = started.elapsed().as_secs_f64();
    marked.times.start = (marked.times.total - marked.times.start).max(0.0);
    marked
}

fn grade_whole(marker: &Marker, paper: &Paper, bytes: &[u8], has_rules: bool) -> Result<Marked> {
    let exam = &marker.exam;
    let submitted = match reading::read(bytes) {
        Ok(submitted) => submitted,
        Err(reason) => return Ok(refused(exam, paper, &hash(bytes), &reason)),
    };
    if let Some(other) = submitted.assignment.as_ref().filter(|other| **other != exam.assignment.name) {
        let reason = format!("expected the notebook of {}, found that of {other}", exam.assignment.name);
        return Ok(refused(exam, paper, &hash(bytes), &reason));
    }
    let may_add_cells = exam.assignment.manifest.rules.may_add_cells;
    let aligned = align(&exam.source, &exam.release, &submitted.notebook, may_add_cells);
    let (sheet, notes) = sheet(exam, &aligned, has_rules);
    let graded = marker.grade(&sheet)?;
    Ok(marked(exam, paper, bytes, &aligned, notes, graded))
}

/// What is to be run, and what is to be said about it.
fn sheet(exam: &Exam, aligned: &Alignment, has_rules: bool) -> (Vec<SheetCell>, Vec<String>) {
    let mut findings = rules::check(aligned, &exam.source, &exam.assignment.manifest.rules);
    findings.violations.retain(|_| has_rules);
    let mut notes: Vec<String> = aligned.notes.iter().map(|note| note.text.clone()).collect();
    notes.extend(findings.violations.iter().map(|violation| told(aligned, violation)));
    notes.extend(aligned.cells.iter().filter_map(|cell| cell.tampered.clone()));
    (sheet_cells(exam, aligned, &findings), notes)
}

/// A broken rule, and in which cell.
pub fn told(aligned: &Alignment, violation: &Violation) -> String {
    format!("In {}, {violation}", name(&aligned.cells[violation.cell], violation.cell))
}

/// What is to be run.
pub fn sheet_cells(exam: &Exam, aligned: &Alignment, findings: &Findings) -> Vec<SheetCell> {
    let mut sheet: Vec<SheetCell> = aligned.cells.iter().map(|cell| sheet_cell(exam, cell)).collect();
    for broken in &findings.broken {
        let line = aligned.cells[broken.cell].text.lines().nth(broken.line).unwrap_or_default().trim_end();
        let message = format!("error: {}\n  line {}: {line}", broken.message, broken.line + 1);
        sheet[broken.cell].void = Some(Void::Syntax(message));
    }
    for violation in &findings.violations {
        sheet[violation.cell].void = Some(Void::Rule);
    }
    for (cell, aligned) in sheet.iter_mut().zip(&aligned.cells) {
        if aligned.tampered.is_some() {
            cell.void = Some(Void::Tampered);
        }
    }
    sheet
}

fn sheet_cell(exam: &Exam, cell: &AlignedCell) -> SheetCell {
    let text = match cell.source_index {
        Some(index) if !cell.role.is_students() => exam.cells[index].text.clone(),
        Some(index) if matches!(cell.state, State::Blank | State::Missing) => exam.cells[index].released.clone(),
        _ => cell.text.clone(),
    };
    SheetCell { exam: cell.source_index, is_code: cell.is_code, text, void: None }
}

/// A cell, for people.
pub fn name(cell: &AlignedCell, index: usize) -> String {
    match &cell.grade_id {
        Some(id) => format!("the cell `{id}`"),
        None => format!("cell {}", cell.submitted_index.unwrap_or(index) + 1),
    }
}

fn marked(exam: &Exam, paper: &Paper, bytes: &[u8], aligned: &Alignment, notes: Vec<String>, graded: Graded) -> Marked {
    let cells = aligned.cells.iter().enumerate().map(|(index, cell)| shown_cell(exam, cell, index, &graded.attempt));
    Marked {
        student: paper.student.clone(),
        origin: paper.origin.clone(),
        hash: hash(bytes),
        cells: cells.collect(),
        questions: graded.questions,
        notes,
        refusal: None,
        times: Times {
            start: graded.busy.as_secs_f64(),
            compile: graded.compile.as_secs_f64(),
            run: graded.run.as_secs_f64(),
            total: 0.0,
        },
    }
}

fn shown_cell(exam: &Exam, cell: &AlignedCell, index: usize, attempt: &Attempt) -> Cell {
    let run = attempt.units.get(&(index, Part::Visible));
    let source = match cell.source_index {
        // Without what is hidden.
        Some(index) if !cell.role.is_students() => exam.cells[index].released.clone(),
        _ => cell.text.clone(),
    };
    Cell {
        is_text: !cell.is_code,
        id: cell.grade_id.clone(),
        source,
        is_own: cell.role.is_students() || cell.role == Role::Own,
        shown: run.map(shown).unwrap_or_default(),
        failure: attempt.broken.get(&index).cloned().or_else(|| run.and_then(failure)),
    }
}

/// What a cell has shown, in order; standard error last.
fn shown(run: &UnitRun) -> Vec<Shown> {
    let mut stdout = Stdout::default();
    let mut pieces = stdout.take(&run.stdout);
    pieces.extend(stdout.finish());
    let mut shown = Vec::new();
    let mut forms: Content = Vec::new();
    for piece in pieces {
        match piece {
            // A value comes in each of its forms, one after the other.
            Piece::Content(mime_type, content) if !forms.iter().any(|(known, _)| *known == mime_type) => {
                forms.push((mime_type, content));
            }
            other => {
                shown.extend(best(std::mem::take(&mut forms)));
                match other {
                    Piece::Text(text) => shown.push(Shown::Text(text)),
                    Piece::Content(mime_type, content) => forms.push((mime_type, content)),
                    Piece::Display(Display::Show { content, .. }) => shown.extend(best(content)),
                    Piece::Display(_) => {}
                }
            }
        }
    }
    shown.extend(best(forms));
    if !run.stderr.is_empty() {
        shown.push(Shown::Text(run.stderr.clone()));
    }
    shown
}

/// The picture, if there is one; otherwise the text.
fn best(forms: Content) -> Option<Shown> {
    let form = |wanted: &str| forms.iter().find(|(mime_type, _)| mime_type == wanted).map(|(_, content)| content);
    let picture = form("image/png").and_then(|content| STANDARD.decode(content.trim()).ok()).map(Shown::Png);
    picture.or_else(|| form("text/plain").map(|text| Shown::Text(text.clone())))
}

fn failure(run: &UnitRun) -> Option<String> {
    Some(match &run.ending {
        Ending::Completed => return None,
        Ending::Panicked => "the cell panicked".to_owned(),
        Ending::ReturnedError => "the cell returned an error".to_owned(),
        Ending::Missing(name) => format!("not run: it needs `{name}`, which a cell that failed would have made"),
        Ending::Exited(code) => format!("the cell ended its process, with status {code}"),
        Ending::Signaled(signal) => format!("the cell's process was ended by signal {signal}"),
        Ending::OutOfMemory => "the cell asked for too much memory".to_owned(),
        Ending::TimedOut => "the cell took too long".to_owned(),
        Ending::NotReached => "not run: the notebook ended before".to_owned(),
    })
}

/// A submission that cannot be graded.
pub fn refused(exam: &Exam, paper: &Paper, hash: &str, reason: &str) -> Marked {
    without_marks(exam, paper, hash, Status::NotRun, reason)
}

/// A submission at which this program has failed.
fn at_fault(exam: &Exam, paper: &Paper, bytes: &[u8], reason: &str) -> Marked {
    without_marks(exam, paper, &hash(bytes), Status::GraderFault, reason)
}

fn without_marks(exam: &Exam, paper: &Paper, hash: &str, status: Status, reason: &str) -> Marked {
    let question = |question: &super::exam::ExamQuestion| Question {
        id: question.id.clone(),
        status,
        points: 0.0,
        max_points: question.points,
        cases_right: 0,
        cases: 0,
        remarks: vec![reason.to_owned()],
        on_reference: Vec::new(),
    };
    Marked {
        student: paper.student.clone(),
        origin: paper.origin.clone(),
        hash: hash.to_owned(),
        questions: exam.questions.iter().map(question).collect(),
        cells: Vec::new(),
        notes: Vec::new(),
        refusal: Some(reason.to_owned()),
        times: Times::default(),
    }
}
