//! The answers of `tests/fixtures/grading` fit the assignments that they belong to.

use super::mutants;
use crate::assignment::Assignment;
use crate::notebook::{self, percent, source};
use crate::passes::check_loops;
use crate::passes::nbgrader::{Kind, checked};
use nbformat::v4;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// How many alternatives and mistakes there are at least in an assignment.
const AT_LEAST: usize = 28;

fn assignments() -> Vec<(Assignment, PathBuf)> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = Assignment::all(&crate_folder.join("../notebooks")).unwrap();
    let with_fixtures = |assignment: Assignment| {
        let folder = crate_folder.join("tests/fixtures/grading").join(&assignment.name);
        (assignment, folder)
    };
    all.into_iter().map(with_fixtures).collect()
}

fn read(path: &Path) -> v4::Notebook {
    percent::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn ids(notebook: &v4::Notebook, kind: Kind) -> HashSet<String> {
    let cells = notebook.cells.iter().filter_map(checked);
    cells.filter(|(_, found)| *found == kind).map(|(nbgrader, _)| nbgrader.grade_id).collect()
}

fn word<'a>(cell: &'a v4::Cell, key: &str) -> &'a str {
    // A key that Jupyter knows itself.
    if key == "name" {
        return cell.metadata().name.as_deref().expect("a name");
    }
    cell.metadata().additional.get(key).and_then(|value| value.as_str()).unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn each_answer_belongs_to_a_question_is_rust_and_keeps_the_rules() {
    for (assignment, folder) in assignments() {
        let original = notebook::read(&assignment.source()).unwrap();
        let (questions, tests) = (ids(&original, Kind::Solution), ids(&original, Kind::Test));
        for file in ["alternatives.rs", "mistakes.rs"] {
            let answers = read(&folder.join(file));
            assert!(answers.cells.len() >= AT_LEAST, "{} {file}: {}", assignment.name, answers.cells.len());
            let mut names = HashSet::new();
            for cell in &answers.cells {
                let (question, name) = (word(cell, "grade_id"), word(cell, "name"));
                let about = format!("{} {file}: {question}, {name}", assignment.name);
                assert!(questions.contains(question), "{about}");
                assert!(names.insert((question, name)), "{about}");
                assert!(mutants::is_rust(&source(cell)), "{about}");
                if file == "mistakes.rs" {
                    let lost = cell.metadata().additional["loses"].as_array().unwrap();
                    assert!(!lost.is_empty() && lost.iter().all(|id| tests.contains(id.as_str().unwrap())), "{about}");
                    assert!(["some", "none"].contains(&word(cell, "keeps")), "{about}");
                } else {
                    let mut changed = original.clone();
                    put(&mut changed, question, cell);
                    let loops = check_loops::check(&changed, &assignment.manifest.rules.forbidden_loops_outside);
                    assert_eq!(loops, Ok(()), "{about}");
                }
            }
        }
    }
}

#[test]
fn every_question_has_an_alternative_and_a_mistake() {
    for (assignment, folder) in assignments() {
        let questions = ids(&notebook::read(&assignment.source()).unwrap(), Kind::Solution);
        for (file, least) in [("alternatives.rs", 2), ("mistakes.rs", 1)] {
            let mut counts: HashMap<String, usize> = questions.iter().map(|question| (question.clone(), 0)).collect();
            for cell in &read(&folder.join(file)).cells {
                *counts.get_mut(word(cell, "grade_id")).unwrap() += 1;
            }
            let few: Vec<&String> = counts.iter().filter(|(_, count)| **count < least).map(|(id, _)| id).collect();
            assert!(few.is_empty(), "{} {file}: {few:?}", assignment.name);
        }
    }
}

/// Puts an answer in the place of a solution cell.
fn put(notebook: &mut v4::Notebook, question: &str, answer: &v4::Cell) {
    for cell in &mut notebook.cells {
        if checked(cell).is_some_and(|(nbgrader, kind)| kind == Kind::Solution && nbgrader.grade_id == question) {
            notebook::set_source(cell, notebook::lines(&source(answer)));
        }
    }
}
