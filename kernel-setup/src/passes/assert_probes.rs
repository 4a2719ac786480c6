//! Has hidden tests compare by themselves what they probe, for graders that run them in the student's process.
//!
//! A region of hidden tests gets, in front, what the reference gave for the same inputs, and a `probe` of its own that compares:
//! nnlib's `ExpectedProbes`. It becomes a block, so that nothing of this is seen outside.

use super::Fault;
use super::nbgrader::{Kind, checked};
use super::regions::{Secret, regions};
use crate::assignment::Threshold;
use crate::notebook::{lines, set_source, source};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nbformat::v4;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The name of the probe that begins region number n of [`mark_regions`] is this and n.
pub const REGION_BEGINS: &str = "nnkernel/region-begins/";
/// The name of the probe that ends a region.
pub const REGION_ENDS: &str = "nnkernel/region-ends";

/// A probe of the reference's.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What the test calls it.
    pub name: String,
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// In row order.
    pub values: Vec<f64>,
}

/// Has each region of hidden tests send when it begins and ends, so that its probes can be told from others'; returns how many there are.
pub fn mark_regions(notebook: &mut v4::Notebook) -> Result<usize, Fault> {
    let mut count = 0;
    rewrite(notebook, |body| {
        let begin = format!("nnlib::probe::probe(\"{REGION_BEGINS}{count}\", &0.0);");
        count += 1;
        Ok(vec![begin, ended(body)?, format!("nnlib::probe::probe({REGION_ENDS:?}, &0.0);")])
    })?;
    Ok(count)
}

/// Writes what the reference gave in each region, in the notebook's order, into the regions; `seed` is that of its inputs.
///
/// What is probed for a question that has thresholds belongs to a trained model, or to settings: only its shape is known beforehand, and
/// the visible test is what looks at the model.
pub fn assert_probes(
    notebook: &mut v4::Notebook,
    given: &[Vec<Probe>],
    seed: u32,
    thresholds: &BTreeMap<String, Threshold>,
) -> Result<(), Fault> {
    let mut given = given.iter();
    rewrite(notebook, |body| {
        let probes = given.next().map_or(&[][..], Vec::as_slice);
        // Tests that assert already.
        if probes.is_empty() {
            return Ok(vec![body.to_owned()]);
        }
        let mut expected = String::new();
        for probe in probes {
            let expectation = expectation(probe, thresholds)
                .map_err(|message| format!("the reference's `{}` {message}", probe.name))?;
            let _ = writeln!(expected, "        nnlib::probe::ExpectedProbe::{expectation},");
        }
        Ok(vec![format!(
            "{{\n    \
                 // What the reference gives for the same inputs. It is compared here, in the process that is tested.\n    \
                 static EXPECTED: nnlib::probe::ExpectedProbes = nnlib::probe::ExpectedProbes::new(&[\n{expected}    ]);\n    \
                 #[track_caller]\n    \
                 fn probe(name: &str, value: &(impl nnlib::probe::Probe + ?Sized)) {{\n        \
                     EXPECTED.check(name, value);\n    \
                 }}\n    \
                 fn probe_rng() -> nnlib::rng::RandomState {{\n        \
                     nnlib::rng::RandomState::new({seed})\n    \
                 }}\n    \
                 EXPECTED.begin();\n{}\n    \
                 EXPECTED.end();\n\
             }}",
            ended(body)?
        )])
    })
}

/// Looks for a test that ends in a value, which nbgrader would take for the points that it gives.
pub fn check_values(notebook: &v4::Notebook) -> Result<(), Fault> {
    for (cell, v4_cell) in notebook.cells.iter().enumerate() {
        if checked(v4_cell).is_some_and(|(_, kind)| kind == Kind::Test) && ends_in_a_value(&source(v4_cell)) == Ok(true)
        {
            let message = "nbgrader takes the value that a test ends in for points: end it with `;`";
            return Err(Fault::of_cell(cell, message));
        }
    }
    Ok(())
}

/// Puts other lines between the markers of hidden tests, and takes away the empty lines before these, which our release leaves out too.
fn rewrite(
    notebook: &mut v4::Notebook,
    mut change: impl FnMut(&str) -> Result<Vec<String>, String>,
) -> Result<(), Fault> {
    for (cell, v4_cell) in notebook.cells.iter_mut().enumerate() {
        let text = source(v4_cell);
        let found = regions(&text, Secret::HiddenTests).map_err(|(line, message)| Fault { cell, line, message })?;
        if found.is_empty() {
            continue;
        }
        let old: Vec<&str> = text.lines().collect();
        let mut new: Vec<String> = Vec::new();
        let mut next = 0;
        for region in &found {
            let range = &region.lines;
            new.extend(old[next..range.start].iter().map(|&line| line.to_owned()));
            while new.last().is_some_and(|line| line.trim().is_empty()) {
                new.pop();
            }
            new.push(old[range.start].to_owned());
            let body = old[range.start + 1..range.end - 1].join("\n");
            new.extend(change(&body).map_err(|message| Fault { cell, line: range.start, message })?);
            new.push(old[range.end - 1].to_owned());
            next = range.end;
        }
        new.extend(old[next..].iter().map(|&line| line.to_owned()));
        set_source(v4_cell, lines(&new.join("\n")));
    }
    Ok(())
}

/// Tests to which more can be added.
fn ended(body: &str) -> Result<String, String> {
    let is_value =
        ends_in_a_value(body).map_err(|error| format!("hidden tests are whole statements, for nbgrader: {error}"))?;
    Ok(if is_value { format!("{body}\n;") } else { body.to_owned() })
}

/// Whether code ends in an expression that could have a value; blocks are taken not to.
fn ends_in_a_value(text: &str) -> Result<bool, String> {
    let block: syn::Block = syn::parse_str(&format!("{{\n{text}\n}}")).map_err(|error| error.to_string())?;
    Ok(match block.stmts.last() {
        Some(syn::Stmt::Expr(expression, None)) => !matches!(
            expression,
            syn::Expr::Block(_)
                | syn::Expr::ForLoop(_)
                | syn::Expr::If(_)
                | syn::Expr::Loop(_)
                | syn::Expr::Match(_)
                | syn::Expr::While(_)
        ),
        Some(syn::Stmt::Macro(statement)) => statement.semi_token.is_none(),
        _ => false,
    })
}

/// One of `ExpectedProbe`'s constructors, with its arguments.
fn expectation(probe: &Probe, thresholds: &BTreeMap<String, Threshold>) -> Result<String, String> {
    let Probe { name, shape, values } = probe;
    if values.is_empty() {
        return Err(format!("has no values, and nothing passes that has none: its shape is {shape:?}"));
    }
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(format!("has the value {value}, and nothing passes that is not finite"));
    }
    let question = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let is_single = |&value: &f64| f64::from(value as f32) == value;
    if thresholds.keys().any(|threshold| question(threshold) == question(name)) {
        return Ok(format!("finite({name:?}, &{shape:?})"));
    }
    // Whole numbers are so, too, and no less exact for it.
    Ok(match values.iter().all(is_single) && values.iter().any(|value| value.fract() != 0.0) {
        true => {
            let bytes: Vec<u8> = values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect();
            format!("single({name:?}, &{shape:?}, {:?})", STANDARD.encode(bytes))
        }
        false => {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            format!("double({name:?}, &{shape:?}, {:?})", STANDARD.encode(bytes))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    const TEST: &str =
        "f();\n\n// BEGIN HIDDEN TESTS\nprobe(\"f\", &f(probe_rng()))\n// END HIDDEN TESTS\nprintln!(\"done\");";

    fn probe(name: &str, shape: &[usize], values: &[f64]) -> Probe {
        Probe { name: name.to_owned(), shape: shape.to_vec(), values: values.to_vec() }
    }

    #[test]
    fn regions_say_when_they_begin_and_end() {
        let mut notebook = notebook(&[(&metadata("a", "test"), TEST), ("", "1"), (&metadata("b", "test"), TEST)]);
        assert_eq!(mark_regions(&mut notebook), Ok(2));
        assert_eq!(
            source(&notebook.cells[2]),
            "f();\n// BEGIN HIDDEN TESTS\nnnlib::probe::probe(\"nnkernel/region-begins/1\", &0.0);\n\
             probe(\"f\", &f(probe_rng()))\n;\nnnlib::probe::probe(\"nnkernel/region-ends\", &0.0);\n\
             // END HIDDEN TESTS\nprintln!(\"done\");"
        );
        assert_eq!(source(&notebook.cells[1]), "1");
    }

    #[test]
    fn a_region_with_probes_compares_and_one_without_stays() {
        let asserting = "// BEGIN HIDDEN TESTS\nassert!(f() > 0);\n// END HIDDEN TESTS";
        let mut notebook = notebook(&[(&metadata("a", "test"), asserting), (&metadata("b", "test"), TEST)]);
        let given = [vec![], vec![probe("f", &[2], &[0.1, 3.0])]];
        assert_probes(&mut notebook, &given, 7, &BTreeMap::new()).unwrap();
        assert_eq!(source(&notebook.cells[0]), asserting);
        let text = source(&notebook.cells[1]);
        assert!(text.starts_with("f();\n// BEGIN HIDDEN TESTS\n{\n"), "{text}");
        let expected =
            "        nnlib::probe::ExpectedProbe::double(\"f\", &[2], \"mpmZmZmZuT8AAAAAAAAIQA==\"),\n    ]);\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("nnlib::rng::RandomState::new(7)\n"), "{text}");
        let ending = "    EXPECTED.begin();\nprobe(\"f\", &f(probe_rng()))\n;\n    EXPECTED.end();\n}\n// END HIDDEN TESTS\nprintln!(\"done\");";
        assert!(text.ends_with(ending), "{text}");
        assert_eq!(ends_in_a_value(&text), Ok(false));
    }

    #[test]
    fn what_is_expected() {
        let thresholds = BTreeMap::from([("net/accuracy".to_owned(), Threshold::AtLeast(0.5))]);
        let of = |name: &str, shape: &[usize], values: &[f64]| expectation(&probe(name, shape, values), &thresholds);
        assert_eq!(of("net/w", &[1, 2], &[0.1, 0.2]).unwrap(), "finite(\"net/w\", &[1, 2])");
        // Of another question.
        assert_eq!(of("nets/w", &[], &[0.5]).unwrap(), "single(\"nets/w\", &[], \"AAAAPw==\")");
        assert_eq!(of("one", &[1], &[1.0]).unwrap(), "double(\"one\", &[1], \"AAAAAAAA8D8=\")");
        assert!(of("none", &[0, 3], &[]).unwrap_err().starts_with("has no values"));
        assert!(of("nan", &[], &[f64::NAN]).unwrap_err().starts_with("has the value NaN"));
    }

    #[test]
    fn tests_that_end_in_a_value() {
        for (text, is_fault) in [("f()", true), ("f();", false), ("for i in 0..3 {}", false), ("f();\n{ g() }", false)]
        {
            let found = check_values(&notebook(&[(&metadata("a", "test"), text)]));
            assert_eq!(found.is_err(), is_fault, "{text}");
        }
        assert_eq!(check_values(&notebook(&[(&metadata("a", "solution"), "1"), ("", "1")])), Ok(()));
    }

    #[test]
    fn hidden_tests_are_whole_statements() {
        let text = "f(\n// BEGIN HIDDEN TESTS\n1 +\n// END HIDDEN TESTS\n1);";
        let fault = mark_regions(&mut notebook(&[("", "1"), (&metadata("a", "test"), text)])).unwrap_err();
        assert!(fault.to_string().starts_with("cell 2, line 2: hidden tests are whole statements"), "{fault}");
    }
}
