//! `grades.csv`: the columns that nbgrader 0.9 exports, so that what reads its tables reads ours.

use super::{table, words};
use crate::grade::marks::Marked;
use crate::grade::run::Run;

const COLUMNS: [&str; 11] = [
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
];

/// The table, by student. What only nbgrader's database knows is empty, as nbgrader has it when it does not know either. Where the
/// grader has failed, there is no score yet.
pub fn table(run: &Run, marked: &[Marked]) -> String {
    let mut text = table::line(COLUMNS);
    for submission in marked {
        let score = if words::has_fault(submission) { String::new() } else { number(submission.points()) };
        let max_score = number(submission.max_points());
        let known = [
            ("assignment", run.assignment.as_str()),
            ("student_id", &submission.student),
            ("raw_score", &score),
            ("late_submission_penalty", "0.0"),
            ("score", &score),
            ("max_score", &max_score),
        ];
        let field = |column: &str| known.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value);
        text += &table::line(COLUMNS.map(field));
    }
    text
}

/// As Python writes it: 2.0, 1.5.
fn number(points: f64) -> String {
    format!("{:?}", words::sum(points))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;
    use crate::grade::marks::Status;

    #[test]
    fn it_has_the_columns_of_nbgrader() {
        let mut fault = example::marked("bob");
        fault.questions[0].status = Status::GraderFault;
        let text = table(&example::run(), &[example::marked("-ada"), fault]);
        assert_eq!(
            text,
            "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score\n\
             softmax-regression,,,\"'-ada\",,,,3.5,0.0,3.5,5.0\n\
             softmax-regression,,,bob,,,,,0.0,,5.0\n"
        );
    }
}
