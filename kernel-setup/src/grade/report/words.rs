//! Marks in words and figures, as people read them.

use crate::grade::marks::{Marked, Question, Status};

/// How a question ended, for the one who answered it.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Passed => "right",
        Status::Partial => "partly right",
        Status::Failed => "not right",
        Status::CompileError => "does not compile",
        Status::Panic => "panicked",
        Status::Timeout => "took too long",
        Status::OutOfMemory => "ran out of memory",
        Status::Killed => "its process ended",
        Status::NotRun => "not answered",
        Status::Tampered => "not accepted",
        Status::Manual => "to be read",
        Status::GraderFault => "our fault",
    }
}

/// The same in a sentence that says what it means.
pub fn meaning(question: &Question) -> String {
    let Question { cases_right, cases, .. } = question;
    match question.status {
        Status::Passed if *cases > 1 => format!("All {cases} checks are right."),
        Status::Passed => "This is right.".to_owned(),
        Status::Partial if *cases > 0 => format!("{cases_right} of {cases} checks are right."),
        Status::Partial => "Some of this is right.".to_owned(),
        Status::Failed if *cases > 1 => format!("None of the {cases} checks is right."),
        Status::Failed => "This is not right.".to_owned(),
        Status::CompileError => "The answer does not compile, or its tests do not compile with it.".to_owned(),
        Status::Panic => "The answer panicked, or returned an error.".to_owned(),
        Status::Timeout => "The answer took longer than it may.".to_owned(),
        Status::OutOfMemory => "The answer asked for more memory than there is.".to_owned(),
        Status::Killed => "The process that ran the answer came to its end: a crash, an exit, or a signal.".to_owned(),
        Status::NotRun => "There was nothing to try: the answer is missing, or still as it was handed out.".to_owned(),
        Status::Tampered => "The notebook was made to look like something that it is not.".to_owned(),
        Status::Manual => "A person reads this; its points are still to come.".to_owned(),
        Status::GraderFault => {
            "The grader could not do its work. This is no fault of yours, and costs you nothing: it will be graded again.".to_owned()
        }
    }
}

/// The kind of a status: `good`, `some`, `bad` or `open`.
pub fn class(status: Status) -> &'static str {
    match status {
        Status::Passed => "good",
        Status::Partial => "some",
        Status::Manual | Status::GraderFault => "open",
        _ => "bad",
    }
}

/// Whose answers were taken for granted, if any were.
pub fn on_reference(question: &Question) -> Option<String> {
    let others = &question.on_reference;
    (!others.is_empty()).then(|| {
        format!(
            "Tried with our answer to {}, so that a mistake there costs nothing here.",
            others.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        )
    })
}

/// Points without noise: 1.5, 2, 0.67.
pub fn points(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A sum of points for other programs: thirds add up.
pub fn sum(points: f64) -> f64 {
    (points * 1e6).round() / 1e6
}

/// Whether the grader has failed at some question.
pub fn has_fault(marked: &Marked) -> bool {
    marked.questions.iter().any(|question| question.status == Status::GraderFault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_short() {
        assert_eq!([0.0, 1.0, 1.5, 2.0 / 3.0, 10.0, 100.25].map(points), ["0", "1", "1.5", "0.67", "10", "100.25"]);
        assert_eq!(sum(0.1 + 0.2), 0.3);
        assert_eq!(sum(3.0 * 0.333_333_333), 1.0);
    }
}
