//! `results.json`, as Gradescope's autograders leave it behind (gradescope-autograders.readthedocs.io/en/latest/specs).

use super::{text, words};
use crate::grade::marks::{Marked, Question, Status};
use anyhow::Result;
use serde::Serialize;

/// All remarks of a question.
const OUTPUT: usize = 16 * 1024;

#[derive(Serialize)]
struct Results {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    name_format: &'static str,
    number: String,
    /// Missing while it is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    max_score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    output: String,
    output_format: &'static str,
    visibility: &'static str,
}

/// The file's text.
pub fn results(marked: &Marked) -> Result<String> {
    let results = Results {
        score: words::sum(marked.points()),
        execution_time: (marked.times.total * 1000.0).round() / 1000.0,
        output: overall(marked),
        output_format: "text",
        visibility: "visible",
        // What the grader itself prints is the teacher's.
        stdout_visibility: "hidden",
        tests: marked.questions.iter().enumerate().map(|(index, question)| test(index, question)).collect(),
    };
    Ok(serde_json::to_string_pretty(&results)? + "\n")
}

fn test(index: usize, question: &Question) -> Test {
    let is_open = question.status.is_open();
    Test {
        name: text::line(&question.id, text::REMARK),
        name_format: "text",
        number: (index + 1).to_string(),
        score: (!is_open).then_some(question.points),
        max_score: question.max_points,
        status: (!is_open).then_some(if question.status == Status::Passed { "passed" } else { "failed" }),
        output: output(question),
        output_format: "text",
        visibility: "visible",
    }
}

fn output(question: &Question) -> String {
    let lines = [words::meaning(question)].into_iter().chain(question.remarks.iter().cloned());
    text::shown(&lines.chain(words::on_reference(question)).collect::<Vec<_>>().join("\n"), OUTPUT)
}

fn overall(marked: &Marked) -> String {
    let open = marked.questions.iter().filter(|question| question.status.is_open()).count();
    let open =
        (open > 0).then(|| format!("Points are still to come for {open} of {} questions.", marked.questions.len()));
    let refusal = marked.refusal.as_ref().map(|refusal| format!("This notebook could not be graded: {refusal}"));
    let lines: Vec<String> = refusal.into_iter().chain(open).chain(marked.notes.iter().cloned()).collect();
    text::shown(&lines.join("\n"), OUTPUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;
    use serde_json::Value;

    #[test]
    fn it_has_the_keys_of_gradescope() {
        let mut marked = example::marked("ada");
        marked.notes = vec!["Cell 3 was moved.".to_owned()];
        marked.questions[1].remarks = vec!["too large\u{1b}[31m for \u{202e}large inputs".to_owned()];
        marked.questions[1].on_reference = vec!["softmax".to_owned()];
        let results: Value = serde_json::from_str(&results(&marked).unwrap()).unwrap();
        assert_eq!(
            results,
            serde_json::json!({
                "score": 3.5,
                "execution_time": 3.5,
                "output": "Points are still to come for 1 of 3 questions.\nCell 3 was moved.",
                "output_format": "text",
                "visibility": "visible",
                "stdout_visibility": "hidden",
                "tests": [
                    { "name": "softmax", "name_format": "text", "number": "1", "score": 2.0, "max_score": 2.0, "status": "passed",
                      "output": "All 4 checks are right.", "output_format": "text", "visibility": "visible" },
                    { "name": "loss", "name_format": "text", "number": "2", "score": 1.5, "max_score": 2.0, "status": "failed",
                      "output": "3 of 4 checks are right.\ntoo large for ⟨U+202E⟩large inputs\n\
                                 Tried with our answer to softmax, so that a mistake there costs nothing here.",
                      "output_format": "text", "visibility": "visible" },
                    { "name": "why", "name_format": "text", "number": "3", "max_score": 1.0,
                      "output": "A person reads this; its points are still to come.", "output_format": "text", "visibility": "visible" },
                ],
            })
        );
    }
}
