//! What a submission is given, and why.

use serde::{Deserialize, Serialize};

/// How a question ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All cases are right.
    Passed,
    /// Some cases are right.
    Partial,
    /// No case is right.
    Failed,
    /// The answer, or its test with this answer, does not compile.
    CompileError,
    /// It panicked, or returned an error.
    Panic,
    /// It took too long.
    Timeout,
    /// It asked for more memory than there is.
    OutOfMemory,
    /// Its process ended: a crash, an exit, a signal.
    Killed,
    /// It could not be tried: the answer is missing, or still as it was handed out.
    NotRun,
    /// The notebook was made to look like something that it is not.
    Tampered,
    /// A person marks it.
    Manual,
    /// The grader could not do its work. No fault of the student's.
    GraderFault,
}

impl Status {
    /// As files have it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Partial => "partial",
            Status::Failed => "failed",
            Status::CompileError => "compile-error",
            Status::Panic => "panic",
            Status::Timeout => "timeout",
            Status::OutOfMemory => "out-of-memory",
            Status::Killed => "killed",
            Status::NotRun => "not-run",
            Status::Tampered => "tampered",
            Status::Manual => "manual",
            Status::GraderFault => "grader-fault",
        }
    }

    /// Whether points are still to come: from a person, or from another try.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Manual | Status::GraderFault)
    }
}

/// What one question is given. A question is a test cell, or a written answer or task.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Question {
    /// The `grade_id` of its test cell, or of the written answer.
    pub id: String,
    /// How it ended.
    pub status: Status,
    /// Points given; 0 while they are open.
    pub points: f64,
    /// Points that it is worth.
    pub max_points: f64,
    /// How many of its cases are right.
    pub cases_right: usize,
    /// How many cases it has.
    pub cases: usize,
    /// Why, in words that give no answer away; for the student.
    pub remarks: Vec<String>,
    /// Questions whose answers were the reference's when this one was tried.
    pub on_reference: Vec<String>,
}

/// A picture or a text that a cell has shown. Student's output: escape it, decode and encode pictures anew.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// Standard output or error.
    Text(String),
    /// A PNG file.
    Png(#[serde(with = "base64_text")] Vec<u8>),
}

/// Bytes in JSON, a third as long as with a number for each.
mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(bytes).serialize(serializer)
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

/// A cell of the submission, as its feedback page shows it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cell {
    /// Its text is Markdown, not code.
    pub is_text: bool,
    /// The `grade_id`, if it has one.
    pub id: Option<String>,
    /// The text; of test cells without what is hidden.
    pub source: String,
    /// The student wrote it.
    pub is_own: bool,
    /// What it showed, in order, when the submission ran as it is.
    pub shown: Vec<Shown>,
    /// How it failed: a compiler's message, a panic.
    pub failure: Option<String>,
}

/// Where the time went, in seconds; processor time of all processes but for `total`, which is by the clock.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Times {
    /// Reading, aligning, starting sandboxes.
    pub start: f64,
    /// rustc.
    pub compile: f64,
    /// The notebook's own.
    pub run: f64,
    /// From the first to the last, by the clock.
    pub total: f64,
}

/// A graded submission.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Marked {
    /// Whose.
    pub student: String,
    /// Where it was found.
    pub origin: String,
    /// SHA-256 of the notebook's file, in hexadecimal.
    pub hash: String,
    /// All questions of the assignment, in its order.
    pub questions: Vec<Question>,
    /// Its cells, in order.
    pub cells: Vec<Cell>,
    /// What was found when its cells were compared with those handed out, and rules that were broken.
    pub notes: Vec<String>,
    /// Why it could not be graded at all, if so: every question is then `tampered`, `not-run` or `grader-fault`.
    pub refusal: Option<String>,
    /// Where the time went.
    pub times: Times,
}

impl Marked {
    /// Points given so far.
    pub fn points(&self) -> f64 {
        self.questions.iter().map(|question| question.points).sum()
    }

    /// Points that the assignment is worth.
    pub fn max_points(&self) -> f64 {
        self.questions.iter().map(|question| question.max_points).sum()
    }
}
