//! From a sheet to marks.

use super::attempt::{Attempt, Workshop};
use super::comparison::{Cases, compare};
use super::exam::{Exam, ExamQuestion};
use super::marks::{Question, Status};
use super::retries;
use super::sheet::{Part, Parts, SheetCell, Void};
use super::transcript::{Ending, SIGXFSZ, UnitRun};
use super::verdicts::Verdicts;
use anyhow::{Context, Result, bail};
use nnlib::probe::Record;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So many things that are wrong with an answer are told at most.
const MOST_REMARKS: usize = 6;

/// A grader that has seen what the reference does.
pub struct Marker {
    /// The assignment.
    pub exam: Exam,
    /// Where notebooks are compiled and run.
    pub workshop: Workshop,
    /// What the reference sends for each question, by the question's place.
    expected: BTreeMap<usize, Vec<Record>>,
    verdicts: Option<Verdicts>,
}

/// What came of a sheet.
#[derive(Debug)]
pub struct Graded {
    /// All questions, those for people too.
    pub questions: Vec<Question>,
    /// The run of the sheet as it is, whose outputs may be shown.
    pub attempt: Attempt,
    /// Processor time of the compiler, in all runs.
    pub compile: Duration,
    /// Processor time of the programs, in all runs.
    pub run: Duration,
    /// Time by the clock in which either was at work.
    pub busy: Duration,
}

impl Marker {
    /// Runs the reference, and prepares what judges trained models.
    pub fn prepare(exam: Exam, mut workshop: Workshop) -> Result<Self> {
        let sheet = reference_sheet(&exam);
        let attempt = workshop.attempt(&exam, &sheet, &BTreeSet::new(), &Parts::All).context("the reference")?;
        if let Some((cell, message)) = attempt.broken.first_key_value() {
            bail!("the reference does not compile, in cell {}: {message}", cell + 1);
        }
        workshop.moved.clone_from(&attempt.moved);
        let verdicts = Verdicts::prepare(&exam, &workshop)?;
        let mut expected = BTreeMap::new();
        for (index, question) in exam.questions.iter().enumerate().filter(|(_, question)| !question.is_manual) {
            let run = &attempt.units[&(question.cell, Part::Hidden)];
            if run.ending != Ending::Completed {
                bail!(
                    "the reference fails in the hidden tests of `{}` ({:?}): {}",
                    question.id,
                    run.ending,
                    run.stderr.trim()
                );
            }
            if run.probes.is_empty() {
                bail!("the hidden tests of `{}` send nothing that could be compared", question.id);
            }
            expected.insert(index, run.probes.clone());
        }
        let marker = Marker { exam, workshop, expected, verdicts };
        marker.check_reference(&attempt)?;
        Ok(marker)
    }

    /// The reference must be right by its own measure: NaN is not, nor is a model below its threshold.
    fn check_reference(&self, attempt: &Attempt) -> Result<()> {
        let sheet = reference_sheet(&self.exam);
        for question in self.judge(&sheet, attempt, &BTreeSet::new(), &Parts::All)? {
            if !matches!(question.status, Status::Passed | Status::Manual) {
                bail!(
                    "the reference does not pass its own question `{}`: {}",
                    question.id,
                    question.remarks.join("; ")
                );
            }
        }
        Ok(())
    }

    /// Grades a sheet.
    pub fn grade(&self, sheet: &[SheetCell]) -> Result<Graded> {
        self.grade_parts(sheet, &Parts::All)
    }

    /// Grades the questions of a sheet whose tests compare with the reference, and need no training for it; the others are `not-run`.
    pub fn grade_compared(&self, sheet: &[SheetCell]) -> Result<Graded> {
        let compared: BTreeSet<usize> =
            (0..self.exam.questions.len()).filter(|question| self.is_compared(*question)).collect();
        self.grade_parts(sheet, &self.tests_of(sheet, &compared))
    }

    /// Whether a question is marked by comparing with what the reference sends.
    pub fn is_compared(&self, question: usize) -> bool {
        let judged_otherwise = self.verdicts.as_ref().is_some_and(|verdicts| verdicts.judges(question));
        self.expected.contains_key(&question) && !judged_otherwise
    }

    /// How these questions of a sheet are marked, each answer with those that it rests upon as they are in the sheet.
    pub fn try_questions(&self, sheet: &[SheetCell], questions: &BTreeSet<usize>) -> Result<(Vec<Question>, Attempt)> {
        let parts = self.tests_of(sheet, questions);
        let attempt = self.workshop.attempt(&self.exam, sheet, &BTreeSet::new(), &parts)?;
        let judged = self.judge(sheet, &attempt, &BTreeSet::new(), &parts)?;
        let asked = judged.into_iter().enumerate().filter(|(index, _)| questions.contains(index));
        Ok((asked.map(|(_, question)| question).collect(), attempt))
    }

    fn tests_of(&self, sheet: &[SheetCell], questions: &BTreeSet<usize>) -> Parts {
        let cells: BTreeSet<usize> = questions.iter().map(|question| self.exam.questions[*question].cell).collect();
        let tests = (0..sheet.len()).filter(|index| sheet[*index].exam.is_some_and(|cell| cells.contains(&cell)));
        Parts::Tests(tests.collect())
    }

    fn grade_parts(&self, sheet: &[SheetCell], parts: &Parts) -> Result<Graded> {
        let attempt = self.workshop.attempt(&self.exam, sheet, &BTreeSet::new(), parts)?;
        let mut questions = self.judge(sheet, &attempt, &BTreeSet::new(), parts)?;
        let (mut compile, mut run, mut busy) = (attempt.compile, attempt.run, attempt.busy);
        for on_reference in self.rounds(sheet, &questions, &attempt, parts) {
            let again = self.workshop.attempt(&self.exam, sheet, &on_reference, parts)?;
            compile += again.compile;
            run += again.run;
            busy += again.busy;
            let judged = self.judge(sheet, &again, &on_reference, parts)?;
            for (index, (now, before)) in judged.into_iter().zip(&mut questions).enumerate() {
                let asked = &self.exam.questions[index];
                let is_own = !asked.answers.iter().any(|answer| on_reference.contains(answer));
                if is_own && now.points > before.points {
                    *before = without_words(now);
                }
            }
        }
        Ok(Graded { questions, attempt, compile, run, busy })
    }

    /// Which answers are to be the reference's in further runs, one after the other.
    fn rounds(
        &self,
        sheet: &[SheetCell],
        questions: &[Question],
        attempt: &Attempt,
        parts: &Parts,
    ) -> Vec<BTreeSet<usize>> {
        let place = places(sheet);
        let is_asked = |asked: &ExamQuestion| match parts {
            Parts::Tests(tests) => place.get(&asked.cell).is_some_and(|cell| tests.contains(cell)),
            Parts::All | Parts::Visible => true,
        };
        let is_failed = |question: &Question| !matches!(question.status, Status::Passed | Status::Manual);
        let failed: Vec<(&ExamQuestion, &Question)> = self
            .exam
            .questions
            .iter()
            .zip(questions)
            .filter(|(asked, question)| is_failed(question) && is_asked(asked))
            .collect();
        let slow = failed.iter().filter(|(_, question)| question.status == Status::Timeout);
        let slow: BTreeSet<usize> = slow.flat_map(|(asked, _)| asked.answers.iter().copied()).collect();
        let mut rests_on: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut worth = BTreeSet::new();
        for (asked, _) in &failed {
            let run = place.get(&asked.cell).and_then(|cell| attempt.units.get(&(*cell, Part::Hidden)));
            for answer in &asked.answers {
                let grounds = rests_on.entry(*answer).or_default();
                // Cells that stand below are not what it rests upon, even if a name says so.
                let named = self.exam.reached_from(*answer).into_iter().chain(asked.needs.iter().copied());
                grounds.extend(named.filter(|ground| ground < answer));
                // What takes all of the notebook's time leaves none for those behind it.
                if run.is_none_or(|run| run.ending == Ending::NotReached) {
                    grounds.extend(slow.range(..*answer));
                }
                let mut cells = place.get(answer).map(|cell| &sheet[*cell]).into_iter();
                if cells.any(|cell| cell.void.is_none() && !self.is_blank(*answer, &cell.text)) {
                    worth.insert(*answer);
                }
            }
        }
        retries::rounds(&rests_on, &worth)
    }

    fn is_blank(&self, exam_cell: usize, text: &str) -> bool {
        text.trim() == self.exam.cells[exam_cell].released.trim()
    }

    /// The marks that an attempt earns.
    fn judge(
        &self,
        sheet: &[SheetCell],
        attempt: &Attempt,
        on_reference: &BTreeSet<usize>,
        parts: &Parts,
    ) -> Result<Vec<Question>> {
        let place = places(sheet);
        let mut sent: BTreeMap<usize, &[Record]> = BTreeMap::new();
        for (index, question) in self.exam.questions.iter().enumerate().filter(|(_, question)| !question.is_manual) {
            if let Some(run) = place.get(&question.cell).and_then(|cell| attempt.units.get(&(*cell, Part::Hidden))) {
                sent.insert(index, &run.probes);
            }
        }
        let by_verdict = match &self.verdicts {
            // Models are not trained where only some tests are run.
            Some(verdicts) if *parts == Parts::All => verdicts.judge(&self.exam, &self.workshop, &sent)?,
            _ => BTreeMap::new(),
        };
        let substituted: Vec<&ExamQuestion> = self
            .exam
            .questions
            .iter()
            .filter(|question| question.answers.iter().any(|answer| on_reference.contains(answer)))
            .collect();
        let mut marks = Vec::new();
        for (index, question) in self.exam.questions.iter().enumerate() {
            let mut mark = Question {
                id: question.id.clone(),
                status: Status::Manual,
                points: 0.0,
                max_points: question.points,
                cases_right: 0,
                cases: 0,
                remarks: Vec::new(),
                on_reference: substituted
                    .iter()
                    .filter(|other| other.answers.iter().any(|answer| question.needs.contains(answer)))
                    .map(|other| other.id.clone())
                    .collect(),
            };
            if !question.is_manual {
                let cases = match by_verdict.get(&index) {
                    Some(cases) => cases.clone(),
                    None => {
                        let found = sent.get(&index).copied().unwrap_or_default();
                        compare(&self.expected[&index], found, self.exam.assignment.manifest.tolerance)
                    }
                };
                let run = place.get(&question.cell).and_then(|cell| attempt.units.get(&(*cell, Part::Hidden)));
                self.decide(&mut mark, question, cases, run, sheet, attempt, &place);
            }
            marks.push(mark);
        }
        Ok(marks)
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is what a mark is decided by")]
    fn decide(
        &self,
        mark: &mut Question,
        question: &ExamQuestion,
        cases: Cases,
        run: Option<&UnitRun>,
        sheet: &[SheetCell],
        attempt: &Attempt,
        place: &BTreeMap<usize, usize>,
    ) {
        (mark.cases_right, mark.cases) = (cases.right, cases.all);
        let answers: Vec<usize> = question.answers.iter().filter_map(|answer| place.get(answer).copied()).collect();
        if cases.right == cases.all && cases.all > 0 {
            mark.status = Status::Passed;
            mark.points = question.points;
            return;
        }
        mark.points = question.points * cases.right as f64 / cases.all.max(1) as f64;
        let is_blank = !answers.is_empty()
            && answers.iter().all(|cell| sheet[*cell].exam.is_some_and(|exam| self.is_blank(exam, &sheet[*cell].text)));
        let voids: Vec<&Void> = answers.iter().filter_map(|cell| sheet[*cell].void.as_ref()).collect();
        let no_rust = voids.iter().find_map(|void| match void {
            Void::Syntax(message) => Some(message),
            _ => None,
        });
        let message = answers.iter().find_map(|cell| attempt.broken.get(cell)).or(no_rust);
        let (status, remark) = match (message, run.map(|run| &run.ending)) {
            _ if is_blank => (Status::NotRun, Some("it was not answered".to_owned())),
            _ if voids.contains(&&Void::Tampered) => {
                (Status::Tampered, Some("the notebook was made to look like something else: see the notes".to_owned()))
            }
            _ if voids.contains(&&Void::Rule) => {
                (Status::Failed, Some("the answer breaks a rule of the assignment: see the notes".to_owned()))
            }
            (Some(message), _) => (Status::CompileError, Some(message.clone())),
            (None, _) if attempt.stopped.is_some() => (Status::CompileError, attempt.stopped.clone()),
            (None, Some(Ending::Panicked)) => (Status::Panic, run.and_then(panic_of)),
            (None, Some(Ending::ReturnedError)) => (Status::Panic, Some("an error was returned".to_owned())),
            (None, Some(Ending::TimedOut)) => (Status::Timeout, Some("it took too long".to_owned())),
            (None, Some(Ending::OutOfMemory)) => (Status::OutOfMemory, Some("it asked for too much memory".to_owned())),
            (None, Some(Ending::Signaled(SIGXFSZ))) => (Status::Killed, Some("it wrote too much".to_owned())),
            (None, Some(Ending::Signaled(11))) => {
                (Status::Killed, Some("its process crashed: by recursion without end, for instance".to_owned()))
            }
            (None, Some(Ending::Signaled(signal))) => {
                (Status::Killed, Some(format!("signal {signal} ended its process")))
            }
            (None, Some(Ending::Exited(code))) => {
                (Status::Killed, Some(format!("it ended its process, with status {code}")))
            }
            (None, Some(Ending::Missing(name))) => {
                (Status::NotRun, Some(format!("it needs `{name}`, which a cell that failed would have made")))
            }
            (None, Some(Ending::NotReached) | None) => {
                (Status::NotRun, Some("the notebook ended before it came to it".to_owned()))
            }
            (None, Some(Ending::Completed)) => (Status::Failed, None),
        };
        mark.status = if mark.points > 0.0 { Status::Partial } else { status };
        mark.remarks.extend(remark);
        // What was not run has nothing wrong with it but that.
        if matches!(mark.status, Status::Failed | Status::Partial) {
            let told = cases.faults.len().min(MOST_REMARKS);
            mark.remarks.extend(cases.faults[..told].iter().cloned());
            if cases.faults.len() > told {
                mark.remarks.push(format!("and {} more", cases.faults.len() - told));
            }
        }
    }
}

/// Without all that a run has said of itself in which the reference's answers were at hand: a panic, a shape or a figure may tell
/// what they return, or what they are.
fn without_words(mut question: Question) -> Question {
    if question.status != Status::Passed {
        question.remarks = vec![format!("{} of {} cases are right so", question.cases_right, question.cases)];
    }
    question
}

/// Where the cells of the assignment stand in a sheet.
fn places(sheet: &[SheetCell]) -> BTreeMap<usize, usize> {
    sheet.iter().enumerate().filter_map(|(index, cell)| Some((cell.exam?, index))).collect()
}

/// The reference as if somebody had handed it in.
pub fn reference_sheet(exam: &Exam) -> Vec<SheetCell> {
    let cells = exam.cells.iter().enumerate();
    cells
        .map(|(index, cell)| SheetCell {
            exam: Some(index),
            is_code: cell.is_code,
            text: cell.text.clone(),
            void: None,
        })
        .collect()
}

/// What was handed out, as if somebody had handed it in.
pub fn blank_sheet(exam: &Exam) -> Vec<SheetCell> {
    let mut sheet = reference_sheet(exam);
    for (cell, given) in sheet.iter_mut().zip(&exam.cells) {
        given.released.clone_into(&mut cell.text);
    }
    sheet
}

/// What a panic has said, in one line.
fn panic_of(run: &UnitRun) -> Option<String> {
    let mut lines = run.stderr.lines().skip_while(|line| !line.contains(" panicked at ")).skip(1);
    let message: String = lines.next()?.chars().take(300).collect();
    Some(format!("it panicked: {message}"))
}
