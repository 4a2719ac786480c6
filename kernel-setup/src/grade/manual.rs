//! Marks given by hand: `--manual marks.csv`.
//!
//! A table with the columns `student_id`, `question`, `points`, and, if wanted, `comment` and `override`; separated by commas, or by
//! semicolons as spreadsheets write them where a comma is for decimals. What is given here outlasts grading again.

use super::marks::{Marked, Question, Status};
use anyhow::{Context, Result, bail};
use csv::StringRecord;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::Path;

const NEEDED: [&str; 3] = ["student_id", "question", "points"];
const WANTED: [&str; 2] = ["comment", "override"];
/// So many errors help; more are noise.
const MOST_ERRORS: usize = 20;

/// Marks given by hand, by student and question.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Manual {
    students: BTreeMap<String, BTreeMap<String, Mark>>,
}

/// A mark given by hand.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Mark {
    /// Points given.
    pub points: f64,
    /// For the student.
    pub comment: String,
    /// It takes the place of what the grader gave.
    pub is_override: bool,
    /// The hash of the submission that it was given to.
    pub hash: String,
}

impl Manual {
    /// Takes over the marks of the table at `path`. `graded` are the submissions that can be marked, as the grader has marked them.
    ///
    /// # Errors
    ///
    /// All that is wrong, by line; nothing is taken over then.
    pub fn take(&mut self, path: &Path, graded: &[Marked]) -> Result<()> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        for (student, question, mark) in read(&bytes, graded).with_context(|| path.display().to_string())? {
            self.students.entry(student).or_default().insert(question, mark);
        }
        Ok(())
    }

    /// Takes over all marks of `other`, of other students.
    pub fn extend(&mut self, other: Manual) {
        self.students.extend(other.students);
    }

    /// The submission with the marks that were given by hand.
    pub fn applied(&self, marked: &Marked) -> Marked {
        let mut marked = marked.clone();
        let Some(marks) = self.students.get(&marked.student) else { return marked };
        for question in &mut marked.questions {
            if let Some(mark) = marks.get(&question.id) {
                mark.apply(question);
            }
        }
        marked
    }

    /// The questions whose marks were given by hand to an earlier submission than this one.
    pub fn given_before(&self, marked: &Marked) -> Vec<&str> {
        let marks = self.students.get(&marked.student).into_iter().flatten();
        marks.filter(|(_, mark)| mark.hash != marked.hash).map(|(question, _)| question.as_str()).collect()
    }
}

impl Mark {
    fn apply(&self, question: &mut Question) {
        question.points = self.points.min(question.max_points);
        question.status = match question.points {
            points if points >= question.max_points => Status::Passed,
            points if points > 0.0 => Status::Partial,
            _ => Status::Failed,
        };
        if self.is_override {
            question.remarks.push("A person has looked at this, and decided.".to_owned());
        } else {
            question.remarks = vec!["Marked by a person.".to_owned()];
        }
        if !self.comment.is_empty() {
            question.remarks.push(self.comment.clone());
        }
    }
}

type Line = (String, String, Mark);

fn read(bytes: &[u8], graded: &[Marked]) -> Result<Vec<Line>> {
    // Spreadsheets begin a file with a mark that it is UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
        anyhow::anyhow!("line {line} is not UTF-8: save the table as “CSV UTF-8”")
    })?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let columns = Columns::find(reader.headers().context("line 1")?)?;
    let mut lines: Vec<Line> = Vec::new();
    let mut errors: Vec<String> = Vec::new();
    let mut first_lines = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        // An empty row of a spreadsheet.
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let number = record.position().map_or(0, csv::Position::line);
        match columns.line(&record, delimiter, graded) {
            Err(error) => errors.push(format!("line {number}: {error:#}")),
            Ok(line) => match first_lines.entry((line.0.clone(), line.1.clone())) {
                Entry::Vacant(entry) => {
                    entry.insert(number);
                    lines.push(line);
                }
                Entry::Occupied(entry) => errors.push(format!(
                    "line {number}: expected one mark for question {} of {}, found a second; the first is on line {}",
                    line.1,
                    line.0,
                    entry.get()
                )),
            },
        }
    }
    if errors.is_empty() {
        return Ok(lines);
    }
    let more = errors.len().saturating_sub(MOST_ERRORS);
    errors.truncate(MOST_ERRORS);
    if more > 0 {
        errors.push(format!("and {more} more"));
    }
    bail!("nothing was changed:\n  {}", errors.join("\n  "))
}

/// Where the columns are.
struct Columns {
    needed: [usize; 3],
    wanted: [Option<usize>; 2],
    count: usize,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        let expected =
            || format!("line 1: expected the columns {}, and if wanted {}", NEEDED.join(", "), WANTED.join(", "));
        for (index, name) in names.iter().enumerate() {
            if !NEEDED.contains(&name.as_str()) && !WANTED.contains(&name.as_str()) {
                bail!("{}; found `{name}`", expected());
            }
            if names[..index].contains(name) {
                bail!("{}; found `{name}` twice", expected());
            }
        }
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let needed = |wanted: &str| place(wanted).with_context(|| format!("{}; found no `{wanted}`", expected()));
        let [student, question, points] = NEEDED;
        Ok(Columns {
            needed: [needed(student)?, needed(question)?, needed(points)?],
            wanted: WANTED.map(place),
            count: names.len(),
        })
    }

    fn line(&self, record: &StringRecord, delimiter: u8, graded: &[Marked]) -> Result<Line> {
        if record.len() != self.count {
            bail!(
                "expected {} fields, found {}: quote a field that has a `{}` in it",
                self.count,
                record.len(),
                char::from(delimiter)
            );
        }
        let field = |index: usize| record.get(index).unwrap_or_default().trim();
        let [student, question, points] = self.needed.map(field);
        let [comment, is_override] = self.wanted.map(|index| index.map_or("", field));
        let is_override = match is_override.to_lowercase().as_str() {
            "yes" => true,
            "no" | "" => false,
            _ => bail!("expected `yes`, `no` or nothing in `override`, found `{is_override}`"),
        };
        let Some(marked) = graded.iter().find(|marked| marked.student == student) else {
            bail!("expected a student who was graded, found `{student}`")
        };
        let Some(found) = marked.questions.iter().find(|found| found.id == question) else {
            let known: Vec<&str> = marked.questions.iter().map(|question| question.id.as_str()).collect();
            bail!("expected a question of the assignment ({}), found `{question}`", known.join(", "))
        };
        // Where a semicolon separates, a comma is for decimals.
        let decimal = if delimiter == b';' { points.replace(',', ".") } else { points.to_owned() };
        let points = match decimal.parse::<f64>() {
            Ok(points) if (0.0..=found.max_points).contains(&points) => points,
            _ => bail!("expected points from 0 to {} for question {question}, found `{points}`", found.max_points),
        };
        if found.status != Status::Manual && !is_override {
            bail!(
                "expected a question that a person marks, found {question}, which is {}: to give other points than the grader has, \
                 write yes into a column `override`",
                found.status.name()
            );
        }
        let mark = Mark { points, comment: comment.to_owned(), is_override, hash: marked.hash.clone() };
        Ok((student.to_owned(), question.to_owned(), mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;

    fn graded() -> Vec<Marked> {
        vec![example::marked("ada"), example::marked("bob")]
    }

    fn error(text: &str) -> String {
        format!("{:#}", read(text.as_bytes(), &graded()).unwrap_err())
    }

    #[test]
    fn written_answers_are_marked() {
        let lines =
            read(b"student_id,question,points,comment\nada,why,0.5,\"Good, but short\"\nbob,why,1,\n", &graded());
        let mut manual = Manual::default();
        for (student, question, mark) in lines.unwrap() {
            manual.students.entry(student).or_default().insert(question, mark);
        }
        let ada = manual.applied(&graded()[0]);
        assert_eq!((ada.questions[2].points, ada.questions[2].status), (0.5, Status::Partial));
        assert_eq!(ada.questions[2].remarks, ["Marked by a person.", "Good, but short"]);
        assert_eq!(ada.questions[..2], graded()[0].questions[..2]);
        let bob = manual.applied(&graded()[1]);
        assert_eq!((bob.questions[2].points, bob.questions[2].status), (1.0, Status::Passed));
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let plain = read(b"student_id,question,points,comment\nada,why,0.5,a\n", &graded()).unwrap();
        let european = "\u{feff}Student_ID;Question;Points;Comment\r\nada;why;0,5;a\r\n;;;\r\n\r\n";
        assert_eq!(read(european.as_bytes(), &graded()).unwrap(), plain);
        let quoted = "\u{feff}\"comment\",\"points\",\"question\",\"student_id\"\r\n\"a\",\"0.5\",\"why\",\"ada\"";
        assert_eq!(read(quoted.as_bytes(), &graded()).unwrap(), plain);
        let latin = read(b"student_id,question,points,comment\nada,why,1,\nbob,why,1,\xe4\n", &graded()).unwrap_err();
        assert!(latin.to_string().contains("line 3 is not UTF-8"), "{latin}");
    }

    #[test]
    fn every_wrong_line_is_told() {
        let error = error(
            "student_id,question,points\nada,why,1.5\neve,why,1\nada,how,1\nada,softmax,1\nada,why,-0.1\nada,why,NaN\nada,why\n\
             ada,why,1\nada,why,0\n",
        );
        for expected in [
            "nothing was changed",
            "line 2: expected points from 0 to 1 for question why, found `1.5`",
            "line 3: expected a student who was graded, found `eve`",
            "line 4: expected a question of the assignment (softmax, loss, why), found `how`",
            "line 5: expected a question that a person marks, found softmax, which is passed",
            "line 6: expected points from 0 to 1",
            "line 7: expected points from 0 to 1 for question why, found `NaN`",
            "line 8: expected 3 fields, found 2",
            "line 10: expected one mark for question why of ada, found a second; the first is on line 9",
        ] {
            assert!(error.contains(expected), "{expected}\n{error}");
        }
        assert!(!error.contains("line 9:"), "{error}");
    }

    #[test]
    fn columns_are_checked() {
        assert!(
            error("student,question,points\n").contains("line 1: expected the columns student_id, question, points")
        );
        assert!(error("student_id,question,points,overide\n").contains("found `overide`"));
        assert!(error("student_id,question\n").contains("found no `points`"));
        assert!(error("student_id,question,points,points\n").contains("found `points` twice"));
        assert!(error("").contains("found no `student_id`"));
    }

    #[test]
    fn the_grader_is_overruled_by_one_who_says_so() {
        let table = b"student_id,question,points,override,comment\nada,loss,2,yes,typo in the test\n";
        let [(_, _, mark)] = &read(table, &graded()).unwrap()[..] else { panic!("one line") };
        let mut question = graded()[0].questions[1].clone();
        question.remarks = vec!["wrong for large values".to_owned()];
        mark.apply(&mut question);
        assert_eq!((question.points, question.status), (2.0, Status::Passed));
        assert_eq!(
            question.remarks,
            ["wrong for large values", "A person has looked at this, and decided.", "typo in the test"]
        );
        assert!(error("student_id,question,points,override\nada,loss,2,ja\n").contains("found `ja`"));
    }

    #[test]
    fn a_table_with_an_error_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks.csv");
        fs::write(&path, "student_id,question,points\nada,why,1\nbob,why,7\n").unwrap();
        let mut manual = Manual::default();
        let error = format!("{:#}", manual.take(&path, &graded()).unwrap_err());
        assert!(error.contains("marks.csv") && error.contains("line 3"), "{error}");
        assert_eq!(manual, Manual::default());
        fs::write(&path, "student_id,question,points\nada,why,1\n").unwrap();
        manual.take(&path, &graded()).unwrap();
        assert_eq!(manual.applied(&graded()[0]).points(), 4.5);
        let mut again = graded().remove(0);
        assert!(manual.given_before(&again).is_empty());
        again.hash = "another".to_owned();
        assert_eq!(manual.given_before(&again), ["why"]);
        assert_eq!(manual.applied(&again).points(), 4.5);
    }
}
