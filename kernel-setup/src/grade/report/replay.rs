//! `report.json`: all marks, and what decided them, so that each can be given again.
//!
//! ```text
//! format      of this file
//! run         assignment, assignment_hash, toolchain, nnkernel_version, seed, limits, shard (null, or as 2/4)
//! students    by name: student_id, hash (SHA-256 of the notebook's file), points, max_points, refusal (null, or why), notes,
//!             questions: id, status, points, max_points, cases_right, cases, remarks, on_reference
//! summary     the class: see `summary`
//! origins     by student: where the notebook was found
//! times       by student, in seconds: start, compile, run (processor time), total (by the clock)
//! ```
//!
//! Keys come in this order. Two runs that are the same differ in `origins` and `times` only. Points are those that count: marks given
//! by hand are among them.

use super::summary::Summary;
use super::words;
use crate::grade::marks::{Marked, Question, Times};
use crate::grade::run::Run;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The file's name.
pub const REPORT: &str = "report.json";
const FORMAT: &str = "nnkernel report, format 1";

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    run: &'a Run,
    students: Vec<Student<'a>>,
    summary: &'a Summary,
    origins: BTreeMap<&'a str, &'a str>,
    times: BTreeMap<&'a str, Times>,
}

#[derive(Serialize)]
struct Student<'a> {
    student_id: &'a str,
    hash: &'a str,
    points: f64,
    max_points: f64,
    refusal: Option<&'a str>,
    notes: &'a [String],
    questions: &'a [Question],
}

/// The file's text.
pub fn report<'a>(run: &'a Run, marked: &'a [Marked], summary: &'a Summary) -> Result<String> {
    let student = |marked: &'a Marked| {
        let Marked { student, hash, questions, notes, refusal, .. } = marked;
        Student {
            student_id: student,
            hash,
            points: words::sum(marked.points()),
            max_points: words::sum(marked.max_points()),
            refusal: refusal.as_deref(),
            notes,
            questions,
        }
    };
    let report = Report {
        format: FORMAT,
        run,
        students: marked.iter().map(student).collect(),
        summary,
        origins: marked.iter().map(|marked| (marked.student.as_str(), marked.origin.as_str())).collect(),
        times: marked.iter().map(|marked| (marked.student.as_str(), marked.times)).collect(),
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

/// Who is in the report of the folder `out`, with the hash of what was handed in.
pub fn reported(out: &Path) -> Result<Vec<(String, String)>> {
    #[derive(Deserialize)]
    struct Report {
        students: Vec<Student>,
    }
    #[derive(Deserialize)]
    struct Student {
        student_id: String,
        hash: String,
    }
    let path = out.join(REPORT);
    let text = fs::read(&path)
        .with_context(|| format!("cannot read {}: let the grading of this folder come to its end", path.display()))?;
    let report: Report =
        serde_json::from_slice(&text).with_context(|| format!("{} is not what nnkernel writes", path.display()))?;
    Ok(report.students.into_iter().map(|student| (student.student_id, student.hash)).collect())
}
