//! An assignment as a grader sees it: its cells with all that is secret, and its questions.

use super::program::code::Code;
use super::program::names::Names;
use crate::assignment::Assignment;
use crate::notebook::{self, percent};
use crate::passes::nbgrader::{Kind, checked};
use crate::passes::regions::{Secret, regions};
use crate::passes::{self, strip_hidden_tests};
use anyhow::{Context, Result, anyhow, bail};
use nbformat::v4;
use std::collections::BTreeSet;
use std::fs;

/// An assignment, taken apart.
pub struct Exam {
    /// Its name, folder and manifest.
    pub assignment: Assignment,
    /// The source as a notebook: solutions, hidden tests and all.
    pub source: v4::Notebook,
    /// What students were given.
    pub release: v4::Notebook,
    /// The cells of the source.
    pub cells: Vec<ExamCell>,
    /// Its questions, in order.
    pub questions: Vec<ExamQuestion>,
    /// For each cell, the other cells with answers that it reaches through what it mentions.
    reached: Vec<BTreeSet<usize>>,
}

/// A cell of an assignment.
#[derive(Debug)]
pub struct ExamCell {
    /// What it is; none for what an author left without metadata, which is given as well.
    pub kind: Option<Kind>,
    /// Its name.
    pub id: Option<String>,
    /// It is code.
    pub is_code: bool,
    /// What is run of it where everybody sees it; of a solution, the reference's.
    pub text: String,
    /// What students were given in its place.
    pub released: String,
    /// What is run after it, and only the grader sees.
    pub hidden: Option<String>,
    /// Items of the verdict program.
    pub verdict: Option<String>,
}

/// A question: a cell that is worth points.
#[derive(Debug)]
pub struct ExamQuestion {
    /// The `grade_id` of its cell.
    pub id: String,
    /// Where the cell stands.
    pub cell: usize,
    /// What it is worth.
    pub points: f64,
    /// A person marks it.
    pub is_manual: bool,
    /// Cells with the answers that it tests.
    pub answers: Vec<usize>,
    /// Cells with other answers that it needs, in the reference's solution.
    pub needs: BTreeSet<usize>,
}

impl Exam {
    /// Reads the source of an assignment.
    pub fn open(assignment: Assignment) -> Result<Self> {
        let path = assignment.source();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(assignment, &text).with_context(|| format!("{}", path.display()))
    }

    fn parse(assignment: Assignment, text: &str) -> Result<Self> {
        let (source, first_lines) = percent::parse_numbered(text).map_err(|error| anyhow!("{error}"))?;
        let release = passes::student_version(&source, &assignment.manifest.rules.forbidden_loops_outside)
            .map_err(|fault| anyhow!("line {}: {}", first_lines[fault.cell] + fault.line, fault.message))?;
        let mut visible = source.clone();
        strip_hidden_tests::strip(&mut visible).map_err(|fault| anyhow!("{fault}"))?;
        let mut cells = Vec::with_capacity(source.cells.len());
        for (index, cell) in source.cells.iter().enumerate() {
            let whole = notebook::source(cell);
            let region = |secret| {
                inside(&whole, secret)
                    .map_err(|(line, message)| anyhow!("line {}: {message}", first_lines[index] + line))
            };
            let checked = checked(cell);
            cells.push(ExamCell {
                kind: checked.as_ref().map(|(_, kind)| *kind),
                id: checked.map(|(nbgrader, _)| nbgrader.grade_id),
                is_code: matches!(cell, v4::Cell::Code { .. }),
                text: notebook::source(&visible.cells[index]),
                released: notebook::source(&release.cells[index]),
                hidden: region(Secret::HiddenTests)?,
                verdict: region(Secret::Verdict)?,
            });
        }
        let exam = Self::of(assignment, source, release, cells)?;
        for question in exam.questions.iter().filter(|question| !question.is_manual) {
            if exam.cells[question.cell].hidden.is_none() {
                bail!("`{}` has no hidden tests: a grader has nothing to compare", question.id);
            }
        }
        Ok(exam)
    }

    /// What can be known of an assignment from the notebook that was handed out: there are no solutions and no hidden tests, so that no
    /// marks can be given by it.
    pub fn of_release(assignment: Assignment, release: v4::Notebook) -> Result<Self> {
        let cell = |cell: &v4::Cell| {
            let checked = checked(cell);
            let text = notebook::source(cell);
            ExamCell {
                kind: checked.as_ref().map(|(_, kind)| *kind),
                id: checked.map(|(nbgrader, _)| nbgrader.grade_id),
                is_code: matches!(cell, v4::Cell::Code { .. }),
                released: text.clone(),
                text,
                hidden: None,
                verdict: None,
            }
        };
        let cells = release.cells.iter().map(cell).collect();
        Self::of(assignment, release.clone(), release, cells)
    }

    fn of(assignment: Assignment, source: v4::Notebook, release: v4::Notebook, cells: Vec<ExamCell>) -> Result<Self> {
        let reached = reached(&cells)?;
        let questions = questions(&source, &cells, &reached);
        Ok(Exam { assignment, source, release, cells, questions, reached })
    }

    /// Cells with answers that a cell reaches through what it mentions, its own aside.
    pub fn reached_from(&self, cell: usize) -> BTreeSet<usize> {
        self.reached[cell].clone()
    }

    /// Cells with answers in code.
    pub fn solutions(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().enumerate().filter(|(_, cell)| cell.kind == Some(Kind::Solution)).map(|(index, _)| index)
    }
}

/// What stands in the regions of a kind; none if there are none.
fn inside(text: &str, secret: Secret) -> Result<Option<String>, (usize, String)> {
    let found = regions(text, secret)?;
    let lines: Vec<&str> = text.lines().collect();
    let parts: Vec<String> =
        found.iter().map(|region| lines[region.lines.start + 1..region.lines.end - 1].join("\n")).collect();
    Ok((!parts.is_empty()).then(|| parts.join("\n")))
}

fn reached(cells: &[ExamCell]) -> Result<Vec<BTreeSet<usize>>> {
    let mut known = Vec::with_capacity(cells.len());
    for cell in cells {
        let parts = [Some(cell.text.as_str()), cell.hidden.as_deref()].into_iter().flatten();
        let whole = parts.collect::<Vec<_>>().join("\n");
        known.push(match cell.is_code {
            true => Known::of(&whole)
                .map_err(|message| anyhow!("`{}`: {message}", cell.id.as_deref().unwrap_or("a cell")))?,
            false => Known::default(),
        });
    }
    Ok((0..cells.len()).map(|cell| needs(&known, cells, cell)).collect())
}

fn questions(source: &v4::Notebook, cells: &[ExamCell], reached: &[BTreeSet<usize>]) -> Vec<ExamQuestion> {
    let mut questions = Vec::new();
    for (index, cell) in source.cells.iter().enumerate() {
        let Some((nbgrader, kind)) = checked(cell) else { continue };
        let is_manual = matches!(kind, Kind::Answer | Kind::Task);
        if kind != Kind::Test && !is_manual {
            continue;
        }
        let answers = if is_manual { Vec::new() } else { answers_above(cells, index) };
        let mut needs = if is_manual { BTreeSet::new() } else { reached[index].clone() };
        needs.extend(answers.iter().flat_map(|answer| &reached[*answer]));
        needs.retain(|cell| !answers.contains(cell));
        questions.push(ExamQuestion {
            id: nbgrader.grade_id,
            cell: index,
            points: nbgrader.points.unwrap_or(0.0),
            is_manual,
            answers,
            needs,
        });
    }
    questions
}

/// The solutions that stand next above a test, up to the test before those.
fn answers_above(cells: &[ExamCell], test: usize) -> Vec<usize> {
    let mut answers = Vec::new();
    for index in (0..test).rev() {
        match cells[index].kind {
            Some(Kind::Solution) => answers.insert(0, index),
            Some(Kind::Test) if !answers.is_empty() => break,
            _ => {}
        }
    }
    answers
}

/// What a cell makes known, and what it mentions.
#[derive(Default)]
struct Known {
    items: BTreeSet<String>,
    mentions: BTreeSet<String>,
    variables: Names,
}

impl Known {
    fn of(text: &str) -> Result<Self, String> {
        let code = Code::parse(text).map_err(|error| format!("line {}: {}", error.line, error.message))?;
        let mut known =
            Known { mentions: code.mentions.into_iter().collect(), variables: code.names, ..Known::default() };
        for item in &code.items {
            known.items.extend(item.defines.iter().cloned());
            known.mentions.extend(item.mentions.iter().cloned());
        }
        Ok(known)
    }
}

/// The solutions that a cell reaches through the items that it mentions and the variables that it takes.
fn needs(known: &[Known], cells: &[ExamCell], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([from]);
    let mut next = vec![from];
    while let Some(cell) = next.pop() {
        let definers = (0..known.len()).filter(|other| !known[cell].mentions.is_disjoint(&known[*other].items));
        let makers = known[cell]
            .variables
            .takes
            .iter()
            .filter_map(|name| (0..cell).rev().find(|other| known[*other].variables.makes.contains(name)));
        let more: Vec<usize> = definers.chain(makers).filter(|other| !reached.contains(other)).collect();
        reached.extend(&more);
        next.extend(more);
    }
    reached.into_iter().filter(|cell| *cell != from && cells[*cell].kind == Some(Kind::Solution)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Manifest;
    use crate::passes::testing::metadata;
    use std::path::PathBuf;

    fn assignment() -> Assignment {
        let manifest = Manifest::parse("title = \"T\"\npoints = 2\nwithheld = []\n").unwrap();
        Assignment { name: "t".to_owned(), folder: PathBuf::new(), manifest }
    }

    fn source(test: &str) -> String {
        format!(
            "// %% {}\nfn f() -> f64 {{\n    // BEGIN SOLUTION one\n    1.0\n    // END SOLUTION\n}}\n\n// %% {}\n{test}\n",
            metadata("f", "solution"),
            metadata("test_f", "test"),
        )
    }

    #[test]
    fn a_source_needs_hidden_tests_and_what_was_handed_out_has_none() {
        let error = Exam::parse(assignment(), &source("assert_eq!(f(), 1.0);")).err().expect("nothing to compare");
        assert_eq!(format!("{error}"), "`test_f` has no hidden tests: a grader has nothing to compare");

        let test = "assert_eq!(f(), 1.0);\n// BEGIN HIDDEN TESTS\nprobe(\"f/one\", &f());\n// END HIDDEN TESTS";
        let whole = Exam::parse(assignment(), &source(test)).unwrap();
        let given = Exam::of_release(assignment(), whole.release.clone()).unwrap();
        let told = |exam: &Exam| -> Vec<(String, usize, f64, Vec<usize>)> {
            let told = exam.questions.iter();
            told.map(|question| (question.id.clone(), question.cell, question.points, question.answers.clone()))
                .collect()
        };
        assert_eq!(told(&given), [("test_f".to_owned(), 1, 2.0, vec![0])]);
        assert_eq!(told(&given), told(&whole));
        for (cell, whole) in given.cells.iter().zip(&whole.cells) {
            assert_eq!((&cell.text, &cell.released), (&whole.released, &whole.released));
            assert!(cell.hidden.is_none() && cell.verdict.is_none());
        }
    }
}
