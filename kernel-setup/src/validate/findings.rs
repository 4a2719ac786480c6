//! What would become of each question, and why.

use crate::grade::attempt::Attempt;
use crate::grade::exam::{Exam, ExamCell, ExamQuestion};
use crate::grade::grader::name;
use crate::grade::program::code::Code;
use crate::grade::sheet::{Part, SheetCell, Void};
use crate::grade::submission::alignment::{Alignment, State};
use crate::grade::submission::rules::Findings;
use crate::grade::transcript::{Ending, SIGXFSZ, UnitRun};
use crate::passes::nbgrader::Kind;

/// What stands in a notebook where an answer is to be written.
const PLACEHOLDER: &str = "*Your answer here.*";

/// What `todo!` says before its own words.
const TODO: &str = "not yet implemented: ";

/// So much of a panic's message helps.
const MOST_LINES: usize = 8;

/// A question, and what would become of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The name of its cell.
    pub id: String,
    /// What it is worth.
    pub points: f64,
    /// In a word.
    pub outcome: Outcome,
    /// Why; empty if there is nothing to say.
    pub why: String,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its check ran to the end.
    Passes,
    /// Something was written, which a person marks.
    Answered,
    /// It is answered in cells of the student's own, which a person marks.
    ByHand,
    /// There is nothing to check yet.
    NotAnswered,
    /// Something that it needs is not there.
    NotRun,
    /// The check itself says no.
    Fails,
    /// It panicked elsewhere.
    Panics,
    /// A `?` returned an error.
    Error,
    /// It does not compile.
    CompileError,
    /// It breaks a rule.
    NotAllowed,
    /// Its metadata say that it is something else.
    Tampered,
    /// It took too long.
    TooSlow,
    /// It ended the process that it ran in.
    Crashes,
}

impl Outcome {
    /// For a table.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Passes => "passes",
            Outcome::Answered => "answered",
            Outcome::ByHand => "by hand",
            Outcome::NotAnswered => "not answered",
            Outcome::NotRun => "not run",
            Outcome::Fails => "fails",
            Outcome::Panics => "panics",
            Outcome::Error => "error",
            Outcome::CompileError => "does not compile",
            Outcome::NotAllowed => "not allowed",
            Outcome::Tampered => "tampered with",
            Outcome::TooSlow => "too slow",
            Outcome::Crashes => "crashes",
        }
    }

    /// Nothing is left to do, as far as can be seen.
    pub fn is_good(self) -> bool {
        matches!(self, Outcome::Passes | Outcome::Answered | Outcome::ByHand)
    }

    /// Something is still to be done, and nothing is wrong.
    pub fn is_open(self) -> bool {
        matches!(self, Outcome::NotAnswered | Outcome::NotRun)
    }
}

type Judged = (Outcome, String);

/// How a cell has failed.
struct Failure {
    outcome: Outcome,
    why: String,
    /// The cell of an answer that is not there, if that is why.
    unanswered: Option<usize>,
}

impl Failure {
    fn new(outcome: Outcome, why: impl Into<String>) -> Self {
        Failure { outcome, why: why.into(), unanswered: None }
    }
}

/// A notebook that has run.
pub struct Answers<'a> {
    /// What was handed out.
    pub exam: &'a Exam,
    /// The student's cells beside it.
    pub aligned: &'a Alignment,
    /// The same cells, as they were run.
    pub sheet: &'a [SheetCell],
    /// Rules that were broken.
    pub rules: &'a Findings,
    /// The run.
    pub attempt: &'a Attempt,
}

impl Answers<'_> {
    /// Questions that are tested.
    pub fn tested(&self) -> Vec<Finding> {
        let tested = self.exam.questions.iter().filter(|question| !question.is_manual);
        tested.map(|question| finding(question, self.judge(question))).collect()
    }

    /// Written answers, and tasks.
    pub fn written(&self) -> Vec<Finding> {
        let written = self.exam.questions.iter().filter(|question| question.is_manual);
        written.map(|question| finding(question, self.read(question))).collect()
    }

    /// The student's own cells that have failed.
    pub fn failed(&self) -> Vec<String> {
        let own = (0..self.sheet.len()).filter(|cell| self.sheet[*cell].exam.is_none() && self.sheet[*cell].is_code);
        own.filter_map(|cell| {
            let failure = self.failure(cell).filter(|failure| failure.outcome != Outcome::NotAllowed)?;
            Some(format!("{}: {}: {}", self.name(cell), failure.outcome.word(), failure.why))
        })
        .collect()
    }

    fn read(&self, question: &ExamQuestion) -> Judged {
        let Some(cell) = self.place(question.cell) else { return (Outcome::NotAnswered, String::new()) };
        let cell = &self.aligned.cells[cell];
        match cell.state {
            _ if self.exam.cells[question.cell].kind == Some(Kind::Task) => {
                (Outcome::ByHand, "answered in cells of your own, below it".to_owned())
            }
            State::Missing => (Outcome::NotAnswered, "its cell is missing".to_owned()),
            State::Answered if cell.text.contains(PLACEHOLDER) => {
                (Outcome::NotAnswered, format!("{PLACEHOLDER} still stands there"))
            }
            State::Answered => (Outcome::Answered, String::new()),
            _ => (Outcome::NotAnswered, String::new()),
        }
    }

    fn judge(&self, question: &ExamQuestion) -> Judged {
        let answers: Vec<usize> = question.answers.iter().filter_map(|answer| self.place(*answer)).collect();
        let Some(test) = self.place(question.cell) else { return (Outcome::NotRun, String::new()) };
        if let Some(why) = answers.iter().chain([&test]).find_map(|cell| self.aligned.cells[*cell].tampered.clone()) {
            return (Outcome::Tampered, why);
        }
        if !answers.is_empty() && answers.iter().all(|cell| self.is_blank(*cell)) {
            let missing = answers.iter().find(|cell| self.aligned.cells[**cell].state == State::Missing);
            let names: Vec<String> = answers.iter().map(|cell| self.name(*cell)).collect();
            let why = match missing {
                Some(cell) => format!("{} is missing", self.name(*cell)),
                None => format!("fill in {}", names.join(" and ")),
            };
            return (Outcome::NotAnswered, why);
        }
        if let Some(reason) = &self.attempt.stopped {
            return (Outcome::CompileError, reason.clone());
        }
        let of_answer = answers.iter().find_map(|cell| {
            let failure = self.failure(*cell)?;
            Some(Failure { why: format!("in {}: {}", self.name(*cell), failure.why), ..failure })
        });
        match of_answer.or_else(|| self.failure(test)) {
            None => (Outcome::Passes, String::new()),
            Some(Failure { unanswered: Some(cell), .. }) => match answers.contains(&cell) {
                true => (Outcome::NotAnswered, format!("{} {}", self.name(cell), self.state(cell))),
                false => (Outcome::NotRun, format!("it needs {}, which {}", self.name(cell), self.state(cell))),
            },
            Some(failure) => (failure.outcome, failure.why),
        }
    }

    /// How a cell has failed, if it has.
    fn failure(&self, cell: usize) -> Option<Failure> {
        if self.rules.violations.iter().any(|violation| violation.cell == cell) {
            return Some(Failure::new(Outcome::NotAllowed, "see below"));
        }
        if let Some(Void::Syntax(message)) = &self.sheet[cell].void {
            return Some(Failure::new(Outcome::CompileError, message));
        }
        if let Some(message) = self.attempt.broken.get(&cell) {
            return Some(Failure::new(Outcome::CompileError, message));
        }
        let run = self.attempt.units.get(&(cell, Part::Visible))?;
        Some(match &run.ending {
            Ending::Completed => return None,
            Ending::Panicked => self.panic(run),
            Ending::ReturnedError => Failure::new(Outcome::Error, first_lines(run.stderr.trim())),
            Ending::TimedOut => Failure::new(Outcome::TooSlow, "it took too long, and was stopped"),
            Ending::OutOfMemory => Failure::new(Outcome::Crashes, "it asked for too much memory"),
            Ending::Signaled(SIGXFSZ) => Failure::new(Outcome::Crashes, "it wrote too much"),
            Ending::Signaled(_) if run.stderr.contains("has overflowed its stack") => {
                Failure::new(Outcome::Crashes, "its stack is full: a function that calls itself without end?")
            }
            Ending::Signaled(signal) => Failure::new(Outcome::Crashes, format!("signal {signal} ended its process")),
            Ending::Exited(code) => Failure::new(Outcome::Crashes, format!("it ended its process, with status {code}")),
            Ending::Missing(variable) => self.missing(cell, variable),
            Ending::NotReached => Failure::new(Outcome::NotRun, "the notebook ended before it came to it"),
        })
    }

    fn panic(&self, run: &UnitRun) -> Failure {
        let Some(panic) = Panic::of(&run.stderr) else { return Failure::new(Outcome::Panics, "") };
        // `todo!("softmax: what to do")`, as the cell was handed out.
        let asked = panic.message.strip_prefix(TODO).and_then(|asked| asked.split_once(':'));
        let unanswered = asked.and_then(|(id, _)| {
            let is_it = |cell: &ExamCell| cell.id.as_deref() == Some(id) && cell.kind == Some(Kind::Solution);
            self.place(self.exam.cells.iter().position(is_it)?)
        });
        let outcome = match panic.place.starts_with("line ") && !panic.place.contains(" of ") {
            true => Outcome::Fails,
            false => Outcome::Panics,
        };
        Failure { outcome, why: panic.to_string(), unanswered }
    }

    /// A variable is not there: because of the cell that would have made it.
    fn missing(&self, cell: usize, variable: &str) -> Failure {
        let makes = |cell: &usize| {
            let code = self.sheet[*cell].is_code.then(|| Code::parse(&self.sheet[*cell].text).ok()).flatten();
            code.is_some_and(|code| code.names.makes.contains(variable))
        };
        let maker = (0..cell).rev().find(makes);
        let Some((maker, failure)) = maker.and_then(|maker| Some((maker, self.failure(maker)?))) else {
            return Failure::new(Outcome::NotRun, format!("it needs `{variable}`, which is not there"));
        };
        let needs = format!("it needs `{variable}` of {}", self.name(maker));
        let why = match self.is_told(maker) {
            true => format!("{needs}: see there"),
            false => format!("{needs}, which failed: {}", failure.why),
        };
        Failure { outcome: Outcome::NotRun, why, unanswered: failure.unanswered }
    }

    /// Whether a line of its own says how a cell has failed.
    fn is_told(&self, cell: usize) -> bool {
        let Some(exam_cell) = self.sheet[cell].exam else { return true };
        self.exam.questions.iter().any(|question| question.cell == exam_cell || question.answers.contains(&exam_cell))
    }

    /// Where a cell of the assignment is.
    fn place(&self, exam_cell: usize) -> Option<usize> {
        self.sheet.iter().position(|cell| cell.exam == Some(exam_cell))
    }

    fn is_blank(&self, cell: usize) -> bool {
        matches!(self.aligned.cells[cell].state, State::Blank | State::Missing)
    }

    fn name(&self, cell: usize) -> String {
        name(&self.aligned.cells[cell], cell)
    }

    /// Why the answer of a cell is not there.
    fn state(&self, cell: usize) -> &'static str {
        match (&self.aligned.cells[cell].state, &self.sheet[cell].void) {
            (State::Missing, _) => "is missing",
            (State::Blank, _) => "is not filled in",
            (_, Some(Void::Rule)) => "has something that is not allowed",
            (_, Some(Void::Tampered)) => "is not what it says that it is",
            (_, Some(Void::Syntax(_))) => "does not compile",
            _ if self.attempt.broken.contains_key(&cell) => "does not compile",
            _ => "still has a `todo!`",
        }
    }
}

fn finding(question: &ExamQuestion, (outcome, why): Judged) -> Finding {
    Finding { id: question.id.clone(), points: question.points, outcome, why }
}

/// A panic, as standard error tells of it.
#[derive(Debug, PartialEq)]
struct Panic {
    /// As `line 3`, of the cell that ran; `line 3 of the cell ..`; or a place outside of the notebook.
    place: String,
    message: String,
}

impl Panic {
    /// The last one.
    fn of(stderr: &str) -> Option<Self> {
        const PANICKED: &str = " panicked at ";
        let lines: Vec<&str> = stderr.lines().collect();
        let at = lines.iter().rposition(|line| line.contains(PANICKED))?;
        let (_, place) = lines[at].split_once(PANICKED)?;
        let message = lines[at + 1..].iter().take_while(|line| !line.starts_with("note: run with `RUST_BACKTRACE"));
        let message = message.copied().collect::<Vec<_>>().join("\n");
        Some(Panic { place: place.trim_end_matches(':').to_owned(), message: first_lines(message.trim_end()) })
    }
}

impl std::fmt::Display for Panic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place.starts_with("line ") {
            true => write!(f, "{}: {}", self.place, self.message),
            // A library's own files are nothing that a student could look at.
            false => write!(f, "{}", self.message),
        }
    }
}

/// The beginning of a text of many lines.
fn first_lines(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().take(MOST_LINES).collect();
    if text.lines().nth(MOST_LINES).is_some() {
        lines.push("…");
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic(stderr: &str) -> Option<(String, String)> {
        Panic::of(stderr).map(|panic| (panic.place.clone(), panic.to_string()))
    }

    #[test]
    fn what_a_panic_has_said() {
        let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
        let told = panic(&format!("before\n\nthread 'main' (7) panicked at line 9:\na mean: divide\n{note}\n"));
        assert_eq!(told.unwrap(), ("line 9".to_owned(), "line 9: a mean: divide".to_owned()));
        let told =
            panic("thread 'main' panicked at line 2 of the cell `cost`:\nassertion failed\n  left: 1\n right: 2\n");
        assert_eq!(told.unwrap().1, "line 2 of the cell `cost`: assertion failed\n  left: 1\n right: 2");
        let told = panic("thread 'main' panicked at /a/ndarray/src/lib.rs:7:9:\nshapes do not fit\n");
        assert_eq!(told.unwrap().1, "shapes do not fit");
        assert_eq!(panic("an error"), None);
    }

    #[test]
    fn long_messages_are_cut() {
        let text: String = (0..20).map(|line| format!("{line}\n")).collect();
        assert_eq!(first_lines(&text).lines().count(), MOST_LINES + 1);
        assert_eq!(first_lines("a\nb"), "a\nb");
    }
}
