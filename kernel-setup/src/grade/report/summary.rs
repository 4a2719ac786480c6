//! A class in numbers.

use super::words;
use crate::grade::manual::Manual;
use crate::grade::marks::{Marked, Status};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// How many parts the range of totals is divided into.
const BINS: usize = 10;

/// What a class was given. It holds nothing that differs between two runs that are the same.
#[derive(Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many submissions there are.
    pub submissions: usize,
    /// Points that the assignment is worth.
    pub max_points: f64,
    /// The mean of the points given so far, without submissions at which the grader has failed.
    pub mean: Option<f64>,
    /// Their median.
    pub median: Option<f64>,
    /// How many submissions have so many points: equal parts from 0 to all, each without its upper end but the last.
    pub totals: Vec<usize>,
    /// The questions, in the assignment's order.
    pub questions: Vec<QuestionSummary>,
    /// Where the grader could not do its work.
    pub faults: Vec<Place>,
    /// Submissions that could not be graded at all.
    pub refusals: Vec<Refusal>,
    /// What a person has to mark still.
    pub to_mark: Vec<Place>,
    /// Marks that were given by hand to an earlier submission of the student's.
    pub marked_before: Vec<Place>,
    /// Students who handed in the same file, byte for byte.
    pub same: Vec<Vec<String>>,
}

/// How a class did at a question.
#[derive(Debug, PartialEq, Serialize)]
pub struct QuestionSummary {
    /// Its `grade_id`.
    pub id: String,
    /// Points that it is worth.
    pub max_points: f64,
    /// The share of them that was given where points were given, from 0 to 1.
    pub success: Option<f64>,
    /// How many submissions ended how.
    pub statuses: BTreeMap<Status, usize>,
}

/// A student's question.
#[derive(Debug, PartialEq, Serialize)]
pub struct Place {
    /// Whose.
    pub student_id: String,
    /// Which.
    pub question: String,
    /// What was said about it.
    pub remarks: Vec<String>,
}

/// A submission that could not be graded.
#[derive(Debug, PartialEq, Serialize)]
pub struct Refusal {
    /// Whose.
    pub student_id: String,
    /// Why.
    pub reason: String,
}

impl Summary {
    /// Of these submissions, in which marks given by hand are.
    pub fn new(marked: &[Marked], manual: &Manual) -> Self {
        let max_points = marked.iter().map(Marked::max_points).fold(0.0, f64::max);
        let mut totals: Vec<f64> = marked
            .iter()
            .filter(|marked| !words::has_fault(marked))
            .map(|marked| words::sum(marked.points()))
            .collect();
        totals.sort_by(f64::total_cmp);
        let places = |status: Status| {
            let all = marked.iter().flat_map(|marked| marked.questions.iter().map(move |question| (marked, question)));
            all.filter(|(_, question)| question.status == status)
                .map(|(marked, question)| Place {
                    student_id: marked.student.clone(),
                    question: question.id.clone(),
                    remarks: question.remarks.clone(),
                })
                .collect()
        };
        let marked_before = marked.iter().flat_map(|marked| {
            let place = |question: &str| Place {
                student_id: marked.student.clone(),
                question: question.to_owned(),
                remarks: vec![],
            };
            manual.given_before(marked).into_iter().map(place).collect::<Vec<_>>()
        });
        let refusal = |marked: &Marked| {
            let reason = marked.refusal.clone()?;
            Some(Refusal { student_id: marked.student.clone(), reason })
        };
        Summary {
            submissions: marked.len(),
            max_points: words::sum(max_points),
            mean: (!totals.is_empty()).then(|| words::sum(totals.iter().sum::<f64>() / totals.len() as f64)),
            median: median(&totals),
            totals: bins(&totals, max_points),
            questions: questions(marked),
            faults: places(Status::GraderFault),
            refusals: marked.iter().filter_map(refusal).collect(),
            to_mark: places(Status::Manual),
            marked_before: marked_before.collect(),
            same: same(marked),
        }
    }
}

/// Of sorted numbers.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(words::sum((sorted[middle - 1] + sorted[middle]) / 2.0)),
    }
}

fn bins(totals: &[f64], max_points: f64) -> Vec<usize> {
    let mut bins = vec![0; BINS];
    for total in totals {
        let share = if max_points > 0.0 { total / max_points } else { 0.0 };
        bins[((share * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    bins
}

fn questions(marked: &[Marked]) -> Vec<QuestionSummary> {
    let mut summaries: Vec<QuestionSummary> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    // Points given, and of how many.
    let mut given: Vec<(f64, f64)> = Vec::new();
    for question in marked.iter().flat_map(|marked| &marked.questions) {
        let number = *numbers.entry(&question.id).or_insert_with(|| {
            let (id, max_points) = (question.id.clone(), question.max_points);
            summaries.push(QuestionSummary { id, max_points, success: None, statuses: BTreeMap::new() });
            given.push((0.0, 0.0));
            summaries.len() - 1
        });
        *summaries[number].statuses.entry(question.status).or_default() += 1;
        if !question.status.is_open() {
            given[number].0 += question.points;
            given[number].1 += question.max_points;
        }
    }
    for (summary, (points, max_points)) in summaries.iter_mut().zip(given) {
        summary.success = (max_points > 0.0).then(|| words::sum(points / max_points));
    }
    summaries
}

fn same(marked: &[Marked]) -> Vec<Vec<String>> {
    let mut students: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for marked in marked {
        students.entry(&marked.hash).or_default().push(marked.student.clone());
    }
    let mut same: Vec<Vec<String>> = students.into_values().filter(|students| students.len() > 1).collect();
    same.sort();
    same
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;

    #[test]
    fn a_class_is_counted() {
        let mut class: Vec<Marked> = ["ada", "bob", "cy", "di"].map(example::marked).into();
        class[1].questions[0] = example::question("softmax", Status::GraderFault, 0.0, 2.0);
        class[2].questions[0] = example::question("softmax", Status::Panic, 0.0, 2.0);
        class[2].refusal = Some("it is no notebook".to_owned());
        class[3].questions[2] = example::question("why", Status::Passed, 1.0, 1.0);
        class[3].hash = class[0].hash.clone();
        let summary = Summary::new(&class, &Manual::default());
        // 3.5 (ada), 1.5 (cy), 4.5 (di); bob's are not known.
        assert_eq!((summary.submissions, summary.max_points), (4, 5.0));
        assert_eq!((summary.mean, summary.median), (Some(3.166667), Some(3.5)));
        assert_eq!(summary.totals, [0, 0, 0, 1, 0, 0, 0, 1, 0, 1]);
        let [softmax, loss, why] = &summary.questions[..] else { panic!("three questions") };
        assert_eq!((softmax.success, loss.success, why.success), (Some(0.666667), Some(0.75), Some(1.0)));
        assert_eq!(
            softmax.statuses,
            BTreeMap::from([(Status::Passed, 2), (Status::GraderFault, 1), (Status::Panic, 1)])
        );
        assert_eq!((summary.faults.len(), summary.faults[0].student_id.as_str()), (1, "bob"));
        assert_eq!(summary.to_mark.len(), 3);
        assert_eq!(summary.refusals, [Refusal { student_id: "cy".to_owned(), reason: "it is no notebook".to_owned() }]);
        assert_eq!(summary.same, [["ada", "di"]]);
    }

    #[test]
    fn nobody_is_a_class_too() {
        let summary = Summary::new(&[], &Manual::default());
        assert_eq!((summary.mean, summary.median, summary.totals), (None, None, vec![0; BINS]));
    }
}
