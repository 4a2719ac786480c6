//! Every question has a name and points, and every marker stands in a cell where it means something.

use super::Fault;
use super::nbgrader::{Kind, Nbgrader};
use super::regions::{Region, Secret, regions};
use crate::notebook::source;
use nbformat::v4;
use std::collections::HashMap;

/// Checks the cells of a source, one after the other.
pub fn check(notebook: &v4::Notebook) -> Result<(), Fault> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, cell) in notebook.cells.iter().enumerate() {
        let fault = |message: String| Fault::of_cell(index, message);
        let nbgrader = Nbgrader::of(cell).map_err(fault)?;
        let kind = match &nbgrader {
            Some(nbgrader) => {
                check_id(&nbgrader.grade_id).map_err(fault)?;
                if let Some(first) = seen.insert(nbgrader.grade_id.clone(), index) {
                    let message = format!("`{}` is the grade_id of cell {} already", nbgrader.grade_id, first + 1);
                    return Err(fault(message));
                }
                let kind = nbgrader.kind(cell).map_err(fault)?;
                check_points(nbgrader, kind).map_err(fault)?;
                Some(kind)
            }
            None => None,
        };
        check_regions(&source(cell), kind).map_err(|(line, message)| Fault { cell: index, line, message })?;
    }
    Ok(())
}

/// The sum of the points of all questions.
pub fn total_points(notebook: &v4::Notebook) -> f64 {
    notebook.cells.iter().filter_map(|cell| Nbgrader::of(cell).ok().flatten()?.points).sum()
}

fn check_id(grade_id: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if grade_id.is_empty() || !grade_id.chars().all(legal) {
        return Err(format!("grade_id `{grade_id}`: expected letters, digits, `_` and `-`"));
    }
    Ok(())
}

fn check_points(nbgrader: &Nbgrader, kind: Kind) -> Result<(), String> {
    let id = &nbgrader.grade_id;
    if nbgrader.schema_version != 3 {
        return Err(format!("`{id}`: expected schema_version 3, found {}", nbgrader.schema_version));
    }
    match (kind, nbgrader.points) {
        (Kind::Test | Kind::Answer | Kind::Task, None) => Err(format!("`{id}` is a question without points")),
        (Kind::Test | Kind::Answer | Kind::Task, Some(points)) if !(points >= 0.0 && points.is_finite()) => {
            Err(format!("`{id}`: expected 0 points or more, found {points}"))
        }
        (Kind::Solution | Kind::Locked, Some(points)) => {
            Err(format!("`{id}` has {points} points, and nothing is graded there: give them to its test"))
        }
        _ => Ok(()),
    }
}

fn check_regions(text: &str, kind: Option<Kind>) -> Result<(), (usize, String)> {
    let solutions = regions(text, Secret::Solution)?;
    let tests = regions(text, Secret::HiddenTests)?;
    let verdicts = regions(text, Secret::Verdict)?;
    check_apart(&[&solutions, &tests, &verdicts])?;
    if let Some(region) = solutions.first() {
        match kind {
            Some(Kind::Solution | Kind::Answer) => {}
            _ => return Err((region.lines.start, "a solution in a cell that is no solution cell".to_owned())),
        }
        if let Some(region) = solutions.iter().find(|region| kind == Some(Kind::Solution) && region.hint.is_empty()) {
            let message = "expected what to compute behind BEGIN SOLUTION: students see it in place of the solution";
            return Err((region.lines.start, message.to_owned()));
        }
    } else if kind == Some(Kind::Solution) {
        return Err((0, "a solution cell without a solution between BEGIN SOLUTION and END SOLUTION".to_owned()));
    }
    if let Some(region) = tests.first() {
        if kind != Some(Kind::Test) {
            return Err((region.lines.start, "hidden tests in a cell that is no test cell".to_owned()));
        }
        let hidden = |number: &usize| tests.iter().chain(&verdicts).any(|region| region.lines.contains(number));
        let visible = text.lines().enumerate().any(|(number, line)| !hidden(&number) && !line.trim().is_empty());
        if !visible {
            return Err((
                region.lines.start,
                "a test cell of which nothing stays when hidden tests are removed".to_owned(),
            ));
        }
    }
    verdicts.iter().try_for_each(|region| check_verdict(text, region, !tests.is_empty()))
}

/// No region lies in another.
fn check_apart(kinds: &[&[Region]]) -> Result<(), (usize, String)> {
    let mut all: Vec<&Region> = kinds.iter().copied().flatten().collect();
    all.sort_by_key(|region| region.lines.start);
    match all.windows(2).find(|pair| pair[1].lines.start < pair[0].lines.end) {
        Some(pair) => Err((pair[1].lines.start, "a region within another".to_owned())),
        None => Ok(()),
    }
}

/// A verdict judges what hidden tests of its cell send, by functions that a program of the grader's calls.
fn check_verdict(text: &str, region: &Region, is_sent_something: bool) -> Result<(), (usize, String)> {
    let first = region.lines.start;
    if !is_sent_something {
        return Err((first, "a verdict without hidden tests, which send what it judges".to_owned()));
    }
    let lines: Vec<&str> = text.lines().collect();
    let code = lines[first + 1..region.lines.end - 1].join("\n");
    let file = syn::parse_file(&code).map_err(|error| {
        (first + error.span().start().line, format!("expected functions and other items in a verdict: {error}"))
    })?;
    let is_verdict = |item: &syn::Item| matches!(item, syn::Item::Fn(function) if function.sig.ident.to_string().starts_with("verdict_"));
    match file.items.iter().any(is_verdict) {
        true => Ok(()),
        false => Err((first, "expected a function `verdict_...` in a verdict".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    const SOLUTION: &str = "fn f() -> i32 {\n// BEGIN SOLUTION the answer\n42\n// END SOLUTION\n}";

    fn error(cells: &[(&str, &str)]) -> String {
        check(&notebook(cells)).unwrap_err().to_string()
    }

    #[test]
    fn a_source_in_order() {
        let source = notebook(&[
            (&metadata("f", "solution"), SOLUTION),
            (&metadata("test_f", "test"), "f();\n// BEGIN HIDDEN TESTS\nf();\n// END HIDDEN TESTS"),
            (&format!("[markdown] {}", metadata("why", "answer")), "// Why?"),
        ]);
        assert_eq!(check(&source), Ok(()));
        assert_eq!(total_points(&source), 4.0);
    }

    #[test]
    fn ids_and_points() {
        let (a, locked) = (metadata("a", "locked"), metadata("b c", "locked"));
        assert_eq!(error(&[(&a, "1"), (&a, "2")]), "cell 2, line 1: `a` is the grade_id of cell 1 already");
        assert_eq!(error(&[(&locked, "1")]), "cell 1, line 1: grade_id `b c`: expected letters, digits, `_` and `-`");
        let pointless = metadata("a", "test").replace(r#", "points": 2"#, "");
        assert_eq!(error(&[(&pointless, "1")]), "cell 1, line 1: `a` is a question without points");
        let negative = metadata("a", "test").replace(": 2", ": -2");
        assert_eq!(error(&[(&negative, "1")]), "cell 1, line 1: `a`: expected 0 points or more, found -2");
        let paid = metadata("a", "solution").replace(r#""locked""#, r#""points": 3, "locked""#);
        let expected = "cell 1, line 1: `a` has 3 points, and nothing is graded there: give them to its test";
        assert_eq!(error(&[(&paid, SOLUTION)]), expected);
        let old = metadata("a", "locked").replace(r#"version": 3"#, r#"version": 2"#);
        assert_eq!(error(&[(&old, "1")]), "cell 1, line 1: `a`: expected schema_version 3, found 2");
    }

    #[test]
    fn markers_in_the_wrong_place() {
        let a = |kind| metadata("a", kind);
        assert_eq!(error(&[("", SOLUTION)]), "cell 1, line 2: a solution in a cell that is no solution cell");
        let expected = "cell 1, line 1: a solution cell without a solution between BEGIN SOLUTION and END SOLUTION";
        assert_eq!(error(&[(&a("solution"), "fn f() {}")]), expected);
        let expected =
            "cell 1, line 2: expected what to compute behind BEGIN SOLUTION: students see it in place of the solution";
        assert_eq!(error(&[(&a("solution"), &SOLUTION.replace(" the answer", ""))]), expected);
        let tests = "// BEGIN HIDDEN TESTS\n1\n// END HIDDEN TESTS";
        assert_eq!(error(&[("", tests)]), "cell 1, line 1: hidden tests in a cell that is no test cell");
        let expected = "cell 1, line 1: a test cell of which nothing stays when hidden tests are removed";
        assert_eq!(error(&[(&a("test"), tests)]), expected);
    }
    #[test]
    fn verdicts_belong_to_hidden_tests() {
        let checked = |text: &str| {
            check(&notebook(&[(&metadata("a", "test"), &format!("f();\n{text}"))])).map_err(|fault| fault.to_string())
        };
        let tests = "// BEGIN HIDDEN TESTS\nf();\n// END HIDDEN TESTS";
        let verdict = |code: &str| format!("{tests}\n// BEGIN VERDICT\n{code}\n// END VERDICT");
        assert_eq!(checked(&verdict("use nnlib::data;\nfn verdict_f() {}")), Ok(()));
        let error = |text: &str| checked(text).unwrap_err();
        assert_eq!(error(&verdict("fn f() {}")), "cell 1, line 5: expected a function `verdict_...` in a verdict");
        let expected = "cell 1, line 7: expected functions and other items in a verdict: expected ";
        assert!(
            error(&verdict("fn verdict_f() {}\nlet x = 1;")).starts_with(expected),
            "{}",
            error(&verdict("fn verdict_f() {}\nlet x = 1;"))
        );
        let alone = "// BEGIN VERDICT\nfn verdict_f() {}\n// END VERDICT";
        assert_eq!(error(alone), "cell 1, line 2: a verdict without hidden tests, which send what it judges");
        let within = format!("// BEGIN HIDDEN TESTS\n{alone}\n// END HIDDEN TESTS");
        assert_eq!(error(&within), "cell 1, line 3: a region within another");
    }
}
