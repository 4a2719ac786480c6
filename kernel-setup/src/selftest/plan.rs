//! Which mistakes are made: in which answers, and without those that the manifest says are none.
//!
//! ```toml
//! [selftest.equivalent]
//! sandwich = ["`db` became `-(db)`", "line 7: `+` became `-`"]
//! ```
//!
//! An entry is what the report calls a mutant, or the same without the line, which then is meant wherever it is made.

use super::mutants::{Mutant, mutants};
use crate::grade::exam::Exam;
use crate::notebook;
use anyhow::{Context, Result, bail, ensure};

/// The mistakes in one answer.
#[derive(Debug)]
pub struct Mistakes {
    /// Its cell.
    pub cell: usize,
    /// Those that are made.
    pub made: Vec<Mutant>,
    /// Those that are not, since they change nothing.
    pub equivalent: Vec<Mutant>,
}

/// The mistakes in the answers to these questions, or to all if there are none, in the assignment's order.
pub fn plan(exam: &Exam, asked: &[String]) -> Result<Vec<Mistakes>> {
    let id = |cell: usize| exam.cells[cell].id.as_deref().unwrap_or_default();
    let known: Vec<&str> = exam.solutions().map(id).collect();
    let check = |question: &str| {
        ensure!(known.contains(&question), "there is no question `{question}`; there are {}", known.join(", "));
        Ok(())
    };
    asked.iter().try_for_each(|question| check(question))?;
    let equivalent = &exam.assignment.manifest.selftest.equivalent;
    let whole = || {
        equivalent.keys().try_for_each(|question| check(question))?;
        let of = |cell| {
            // With the markers, so that only what is asked for is changed.
            let all = mutants(&notebook::source(&exam.source.cells[cell]));
            let entries = equivalent.get(id(cell)).map_or(&[][..], Vec::as_slice);
            let (equivalent, made) = divide(all, entries).with_context(|| format!("`{}`", id(cell)))?;
            Ok(Mistakes { cell, made, equivalent })
        };
        exam.solutions().map(of).collect::<Result<Vec<_>>>()
    };
    let mut whole =
        whole().with_context(|| format!("{}: selftest.equivalent", exam.assignment.manifest_path().display()))?;
    whole.retain(|mistakes| asked.is_empty() || asked.iter().any(|question| question == id(mistakes.cell)));
    Ok(whole)
}

/// The mutants that are among `entries`, and the others; each entry must be one of them.
fn divide(all: Vec<Mutant>, entries: &[String]) -> Result<(Vec<Mutant>, Vec<Mutant>)> {
    if let Some(entry) = entries.iter().find(|entry| !all.iter().any(|mutant| is(mutant, entry))) {
        bail!("no mistake is `{entry}`");
    }
    Ok(all.into_iter().partition(|mutant| entries.iter().any(|entry| is(mutant, entry))))
}

fn is(mutant: &Mutant, entry: &str) -> bool {
    let change = mutant.description.strip_prefix(&format!("line {}: ", mutant.line));
    mutant.description == entry || change == Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::{Assignment, Manifest};
    use crate::passes::testing::{metadata, notebook};
    use std::path::{Path, PathBuf};

    /// Two questions, with what is in the manifest's table.
    fn exam(equivalent: &str) -> Exam {
        let text = format!("title = \"T\"\npoints = 4\nwithheld = []\n[selftest.equivalent]\n{equivalent}\n");
        let manifest = Manifest::parse(&text).unwrap();
        let assignment = Assignment { name: "t".to_owned(), folder: PathBuf::from("t"), manifest };
        let answer = |name: &str| {
            format!("fn {name}(a: f64) -> f64 {{\n// BEGIN SOLUTION\nlet b = -a;\n-a + b\n// END SOLUTION\n}}")
        };
        let test = |name: &str| format!("assert_eq!({name}(0.0), 0.0);");
        let cells = ["f", "g"].map(|name| {
            let test_name = format!("test_{name}");
            [(metadata(name, "solution"), answer(name)), (metadata(&test_name, "test"), test(name))]
        });
        let cells: Vec<(&str, &str)> =
            cells.iter().flatten().map(|(header, text)| (header.as_str(), text.as_str())).collect();
        Exam::of_release(assignment, notebook(&cells)).unwrap()
    }

    fn descriptions(mutants: &[Mutant]) -> Vec<&str> {
        mutants.iter().map(|mutant| mutant.description.as_str()).collect()
    }

    #[test]
    fn mistakes_are_made_in_the_questions_that_are_asked_for_in_the_assignments_order() {
        let exam = exam("");
        let cells = |asked: &[&str]| -> Vec<usize> {
            let asked: Vec<String> = asked.iter().map(|question| (*question).to_owned()).collect();
            plan(&exam, &asked).unwrap().iter().map(|mistakes| mistakes.cell).collect()
        };
        assert_eq!(cells(&[]), [0, 2]);
        assert_eq!(cells(&["g"]), [2]);
        assert_eq!(cells(&["g", "f", "g"]), [0, 2]);
        let error = plan(&exam, &["test_f".to_owned()]).unwrap_err();
        assert_eq!(format!("{error:#}"), "there is no question `test_f`; there are f, g");
    }

    #[test]
    fn what_the_manifest_says_is_no_mistake_is_not_made() {
        let without = plan(&exam(""), &[]).unwrap();
        assert!(without.iter().all(|mistakes| mistakes.equivalent.is_empty()));

        // With its line it is meant there, without it everywhere.
        let listed = plan(&exam("f = [\"line 2: `-a` became `a`\"]\ng = ['`-a` became `a`']"), &[]).unwrap();
        assert_eq!(descriptions(&listed[0].equivalent), ["line 2: `-a` became `a`"]);
        assert_eq!(descriptions(&listed[1].equivalent), ["line 2: `-a` became `a`", "line 3: `-a` became `a`"]);
        for (with, without) in listed.iter().zip(&without) {
            let mut all = [descriptions(&with.made), descriptions(&with.equivalent)].concat();
            let mut expected = descriptions(&without.made);
            all.sort_unstable();
            expected.sort_unstable();
            assert_eq!(all, expected);
        }
    }

    #[test]
    fn an_entry_that_means_nothing_is_refused_whatever_is_asked_for() {
        let error = |equivalent: &str| format!("{:#}", plan(&exam(equivalent), &["f".to_owned()]).unwrap_err());
        let start = format!("{}: selftest.equivalent: ", Path::new("t").join("assignment.toml").display());
        assert_eq!(error("h = []"), format!("{start}there is no question `h`; there are f, g"));
        for entry in ["line 4: `-a` became `a`", "`-a`", "`-a` became `b`", ""] {
            assert_eq!(error(&format!("g = [\"{entry}\"]")), format!("{start}`g`: no mistake is `{entry}`"));
        }
    }

    #[test]
    fn the_manifests_of_this_checkout_fit_their_assignments() {
        let notebooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
        for assignment in Assignment::all(&notebooks).unwrap() {
            let entries: usize = assignment.manifest.selftest.equivalent.values().map(Vec::len).sum();
            let all = plan(&Exam::open(assignment).unwrap(), &[]).unwrap();
            let equivalent: usize = all.iter().map(|mistakes| mistakes.equivalent.len()).sum();
            assert_eq!(equivalent, entries);
        }
    }
}
