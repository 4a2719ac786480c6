//! `nnkernel selftest`: whether an assignment's hidden tests tell right from wrong.

use super::answers::{self, Answer};
use super::jobs;
use super::mutants::Mutant;
use super::plan::{self, Mistakes};
use crate::assignment::Assignment;
use crate::cli;
use crate::grade::Setting;
use crate::grade::exam::Exam;
use crate::grade::marking::{self, Marker};
use crate::grade::marks::{Question, Status};
use crate::grade::sheet::SheetCell;
use crate::session;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Something was not marked as it should be.
const FAILED: u8 = 1;

/// So many of the mistakes in an answer must be found, at least.
const CAUGHT: f64 = 0.95;

/// Runs the selftest of an assignment.
pub fn run(options: &cli::Selftest, assignment: &Path) -> Result<ExitCode> {
    let assignment = Assignment::find(assignment, session::checkout().as_deref())?;
    let exam = Exam::open(assignment)?;
    let planned = plan::plan(&exam, &options.question)?;
    let setting =
        Setting::sandboxed(options.seed, Duration::from_secs(options.timeout), 2 << 30, options.allow_weak_sandbox)?;
    let workshop = setting.workshop(&exam)?;
    let marker = Marker::prepare(exam, workshop)?;
    let mut faults = Vec::new();
    if !options.only_answers {
        whole(&marker, &mut faults)?;
    }
    if let Some(folder) = &options.answers {
        alternatives(&marker, &folder.join("alternatives.rs"), &mut faults)?;
        mistakes(&marker, &folder.join("mistakes.rs"), &mut faults)?;
    }
    if !options.no_mutants && !options.only_answers {
        mutated(&marker, planned, &mut faults)?;
    }
    if faults.is_empty() {
        println!("{}: all is marked as it should be", marker.exam.assignment.name);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}: {} faults", marker.exam.assignment.name, faults.len());
    faults.iter().for_each(|fault| println!("  {fault}"));
    Ok(ExitCode::from(FAILED))
}

/// The reference must be given all points, the notebook that was handed out none, and both must compile.
fn whole(marker: &Marker, faults: &mut Vec<String>) -> Result<()> {
    let reference = marker.grade(&marking::reference_sheet(&marker.exam))?;
    let blank = marker.grade(&marking::blank_sheet(&marker.exam))?;
    let points = |questions: &[Question]| questions.iter().map(|question| question.points).sum::<f64>();
    let automatic: f64 = marker.exam.questions.iter().filter(|asked| !asked.is_manual).map(|asked| asked.points).sum();
    println!(
        "the reference: {} of {automatic} points (compiled in {:.1} s, ran for {:.1} s of a processor, with {} MB)",
        points(&reference.questions),
        reference.compile.as_secs_f64(),
        reference.run.as_secs_f64(),
        reference.attempt.memory >> 20
    );
    println!("the blank notebook: {} points", points(&blank.questions));
    for question in
        reference.questions.iter().filter(|question| !matches!(question.status, Status::Passed | Status::Manual))
    {
        faults.push(format!("the reference: {}", line(question)));
    }
    for question in
        blank.questions.iter().filter(|question| !matches!(question.status, Status::NotRun | Status::Manual))
    {
        faults.push(format!("the blank notebook: {}", line(question)));
    }
    faults
        .extend(blank.attempt.broken.values().map(|message| format!("the blank notebook does not compile: {message}")));
    Ok(())
}

/// Answers that are right must be given all points.
fn alternatives(marker: &Marker, path: &Path, faults: &mut Vec<String>) -> Result<()> {
    let answers = compared(marker, answers::read(path)?)?;
    let results = jobs::run(answers, |(answer, cell)| {
        let (questions, attempt) =
            marker.try_questions(&sheet_with(marker, cell, &answer.text), &questions_of(marker, cell))?;
        let wrong: Vec<String> =
            questions.iter().filter(|question| question.status != Status::Passed).map(line).collect();
        let broken = attempt.broken.into_values();
        let wrong: Vec<String> = wrong.into_iter().chain(broken).collect();
        Ok((!wrong.is_empty())
            .then(|| format!("right, and not marked so: {} `{}`: {}", answer.grade_id, answer.name, wrong.join("; "))))
    })?;
    let (all, found) = (results.len(), results.into_iter().flatten().collect::<Vec<_>>());
    println!("right answers, written differently: {} of {all} are given all points", all - found.len());
    faults.extend(found);
    Ok(())
}

/// Answers that are wrong must lose the points of the questions concerned, and of no others.
fn mistakes(marker: &Marker, path: &Path, faults: &mut Vec<String>) -> Result<()> {
    let answers = compared(marker, answers::read(path)?)?;
    let results = jobs::run(answers, |(answer, cell)| {
        let graded = marker.grade_compared(&sheet_with(marker, cell, &answer.text))?;
        let asked = graded.questions.iter().enumerate().filter(|(index, _)| marker.is_compared(*index));
        let lost: Vec<&Question> =
            asked.map(|(_, question)| question).filter(|question| question.points < question.max_points).collect();
        let found: BTreeSet<&str> = lost.iter().map(|question| question.id.as_str()).collect();
        let expected: BTreeSet<&str> = answer.loses.iter().map(String::as_str).collect();
        Ok((found != expected).then(|| {
            let lost: Vec<String> = lost.into_iter().map(line).collect();
            format!(
                "{} `{}` should lose {}, and loses {}",
                answer.grade_id,
                answer.name,
                answer.loses.join(", "),
                lost.join("; ")
            )
        }))
    })?;
    let (all, found) = (results.len(), results.into_iter().flatten().collect::<Vec<_>>());
    println!("wrong answers: {} of {all} lose the points of the questions concerned, and no others", all - found.len());
    faults.extend(found);
    Ok(())
}

/// Answers to questions that are compared with the reference, and the cells that they belong to.
fn compared(marker: &Marker, answers: Vec<Answer>) -> Result<Vec<(Answer, usize)>> {
    let mut found = Vec::new();
    for answer in answers {
        let is_it = |cell: &usize| marker.exam.cells[*cell].id.as_ref() == Some(&answer.grade_id);
        let Some(cell) = marker.exam.solutions().find(is_it) else {
            bail!("`{}`: the assignment has no solution `{}`", answer.name, answer.grade_id);
        };
        let questions = questions_of(marker, cell);
        if !questions.is_empty() {
            found.push((answer, cell));
        }
    }
    Ok(found)
}

/// The questions that test an answer by comparing it with the reference.
fn questions_of(marker: &Marker, cell: usize) -> BTreeSet<usize> {
    let asked = marker.exam.questions.iter().enumerate().filter(|(_, question)| question.answers.contains(&cell));
    asked.map(|(index, _)| index).filter(|index| marker.is_compared(*index)).collect()
}

fn sheet_with(marker: &Marker, cell: usize, text: &str) -> Vec<SheetCell> {
    let mut sheet = marking::reference_sheet(&marker.exam);
    text.clone_into(&mut sheet[cell].text);
    sheet
}

/// What became of a mutant.
enum Fate {
    Caught,
    Survived(String),
    /// It is no Rust program: nobody could hand it in.
    Broken,
}

/// Small mistakes in the reference must be found.
fn mutated(marker: &Marker, planned: Vec<Mistakes>, faults: &mut Vec<String>) -> Result<()> {
    println!("mistakes in the reference that are found:");
    for Mistakes { cell, made, equivalent } in planned {
        let id = marker.exam.cells[cell].id.as_deref().unwrap_or_default();
        let questions = questions_of(marker, cell);
        if questions.is_empty() {
            println!("  {id}: judged by what is reached, not by how");
            continue;
        }
        let fates = jobs::run(made, |mutant| fate(marker, cell, &questions, &mutant))?;
        let count = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count();
        let (caught, broken) = (count(|fate| matches!(fate, Fate::Caught)), count(|fate| matches!(fate, Fate::Broken)));
        let all = fates.len() - broken;
        let left_out = match equivalent.len() {
            0 => String::new(),
            count => format!("; {count} more are left out: the manifest says that they change nothing"),
        };
        println!("  {id}: {caught} of {all}; {broken} more do not compile{left_out}");
        let survivors = fates.iter().filter_map(|fate| match fate {
            Fate::Survived(description) => Some(description),
            _ => None,
        });
        survivors.for_each(|description| println!("      not found: {description}"));
        equivalent.iter().for_each(|mutant| println!("      left out: {}", mutant.description));
        if (caught as f64) < CAUGHT * all as f64 {
            faults.push(format!("{id}: {caught} of {all} mistakes are found, expected {:.0} %", 100.0 * CAUGHT));
        }
    }
    Ok(())
}

fn fate(marker: &Marker, cell: usize, questions: &BTreeSet<usize>, mutant: &Mutant) -> Result<Fate> {
    let sheet = sheet_with(marker, cell, &mutant.text);
    let (marks, attempt) = marker.try_questions(&sheet, questions).with_context(|| mutant.description.clone())?;
    Ok(match () {
        () if attempt.broken.contains_key(&cell) => Fate::Broken,
        () if marks.iter().any(|question| question.points < question.max_points) => Fate::Caught,
        () => Fate::Survived(mutant.description.clone()),
    })
}

fn line(question: &Question) -> String {
    let Question { id, status, points, max_points, cases_right, cases, remarks, .. } = question;
    let why = if remarks.is_empty() { String::new() } else { format!(": {}", remarks.join("; ")) };
    format!("{id}: {}, {points} of {max_points} points, {cases_right} of {cases} cases{why}", status.name())
}
