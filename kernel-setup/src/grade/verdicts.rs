//! What judges trained models: the reference's own code, at work on parameters that a submission has sent.
//!
//! The *verdict program* has the items of the whole assignment, with the reference's answers, and the functions `verdict_…` between the markers
//! `BEGIN VERDICT` and `END VERDICT`. It gets the records of each question in a file, and writes the figures that each function returns.
//! No student's code is in it; it runs in a sandbox all the same, for what it reads is made by others.

use super::attempt::Workshop;
use super::builder::Built;
use super::comparison::{Cases, case_of, first_of_each_name};
use super::exam::Exam;
use super::program::{Unit, code::Code, items};
use crate::sandbox::{End, WORK};
use anyhow::{Context, Result, anyhow, bail};
use nnlib::probe::Record;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What the program writes: a line for each figure, `FUNCTION figure NAME BITS`, or one for each error, `FUNCTION error TEXT`.
const RESULTS: &str = "verdicts";

/// The verdict program.
pub struct Verdicts {
    binary: Vec<u8>,
    /// The function that judges a question, by the question's place.
    functions: BTreeMap<usize, String>,
}

/// What a function of the program says.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Figures(BTreeMap<String, f64>),
    Error(String),
}

impl Verdicts {
    /// Compiles it, if the assignment has any verdicts.
    pub fn prepare(exam: &Exam, workshop: &Workshop) -> Result<Option<Self>> {
        let mut units = Vec::new();
        let mut functions = BTreeMap::new();
        for (index, cell) in exam.cells.iter().enumerate().filter(|(_, cell)| cell.is_code) {
            for text in [Some(&cell.text), cell.verdict.as_ref()].into_iter().flatten() {
                let name = cell.id.as_deref().unwrap_or("a cell");
                let code =
                    Code::parse(text).map_err(|error| anyhow!("`{name}`: line {}: {}", error.line, error.message))?;
                units.push(Unit { code, is_closed: false, rank: 0 });
            }
            if cell.verdict.is_some() {
                let items = &units[units.len() - 1].code.items;
                let mut names = items.iter().flat_map(|item| &item.defines).filter(|name| name.starts_with("verdict_"));
                let question = exam.questions.iter().position(|question| question.cell == index);
                let (Some(question), Some(name), None) = (question, names.next(), names.next()) else {
                    bail!(
                        "`{}`: expected one function `verdict_…` in a cell that is worth points",
                        cell.id.as_deref().unwrap_or("a cell")
                    );
                };
                functions.insert(question, name.clone());
            }
        }
        if functions.is_empty() {
            return Ok(None);
        }
        let source = program(&items(&units), functions.values());
        let (built, _) = workshop.builder.build(&source, &workshop.isolation)?;
        match built {
            Built::Program(binary) => Ok(Some(Verdicts { binary, functions })),
            Built::Errors(text) => {
                bail!("the verdicts do not compile: {}", text.chars().take(2000).collect::<String>())
            }
            Built::Stopped(reason) => bail!("the verdicts: {reason}"),
        }
    }

    /// Whether a question has a verdict.
    pub fn judges(&self, question: usize) -> bool {
        self.functions.contains_key(&question)
    }

    /// What becomes of the questions with verdicts, by their place.
    pub fn judge(
        &self,
        exam: &Exam,
        workshop: &Workshop,
        sent: &BTreeMap<usize, &[Record]>,
    ) -> Result<BTreeMap<usize, Cases>> {
        let said = self.run(workshop, sent)?;
        let mut judged = BTreeMap::new();
        for (question, function) in &self.functions {
            let id = &exam.questions[*question].id;
            let verdict = said.get(function).with_context(|| format!("the verdict of `{id}` has said nothing"))?;
            judged.insert(*question, cases(exam, id, function, verdict)?);
        }
        Ok(judged)
    }

    fn run(&self, workshop: &Workshop, sent: &BTreeMap<usize, &[Record]>) -> Result<BTreeMap<String, Verdict>> {
        // Together they must leave room for what the program writes.
        let mut room = workshop.limits.work_bytes as usize / 2;
        let mut inputs = Vec::with_capacity(self.functions.len());
        for (question, function) in &self.functions {
            let records = within(sent.get(question).copied().unwrap_or_default(), room);
            room -= records.len();
            inputs.push((Path::new(WORK).join(function), records));
        }
        let results = Path::new(WORK).join(RESULTS);
        let mut outcome = workshop.run_program(self.binary.clone(), inputs, vec![results.clone()], Vec::new())?;
        let text =
            String::from_utf8(outcome.outputs.remove(&results).unwrap_or_default()).context("verdicts are text")?;
        if outcome.end != End::Exited(0) {
            bail!(
                "the verdict program failed ({:?}): {}",
                outcome.end,
                String::from_utf8_lossy(&outcome.stderr).trim()
            );
        }
        Ok(parse(&text))
    }
}

/// The bytes of these records, up to the first for which there is no room. Of values that were sent twice, the first counts,
/// as where they are compared.
fn within(records: &[Record], room: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in first_of_each_name(records) {
        let next = record.to_bytes().unwrap_or_default();
        if bytes.len() + next.len() > room {
            break;
        }
        bytes.extend(next);
    }
    bytes
}

fn parse(text: &str) -> BTreeMap<String, Verdict> {
    let mut said = BTreeMap::new();
    for line in text.lines() {
        let Some((function, rest)) = line.split_once(' ') else { continue };
        if let Some(message) = rest.strip_prefix("error ") {
            said.insert(function.to_owned(), Verdict::Error(message.to_owned()));
        } else if rest == "figures" {
            said.entry(function.to_owned()).or_insert(Verdict::Figures(BTreeMap::new()));
        } else if let Some((name, bits)) = rest.strip_prefix("figure ").and_then(|rest| rest.rsplit_once(' '))
            && let Ok(bits) = bits.parse()
            && let Some(Verdict::Figures(figures)) = said.get_mut(function)
        {
            figures.insert(name.to_owned(), f64::from_bits(bits));
        }
    }
    said
}

/// The cases of a question: its thresholds, those of a case together.
fn cases(exam: &Exam, id: &str, function: &str, verdict: &Verdict) -> Result<Cases> {
    let prefix = format!("{}/", function.trim_start_matches("verdict_"));
    let thresholds = &exam.assignment.manifest.thresholds;
    let own = thresholds.iter().filter(|(name, _)| name.starts_with(&prefix));
    let mut faults: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, threshold) in own {
        let faults = faults.entry(case_of(name)).or_default();
        match verdict {
            Verdict::Error(message) if faults.is_empty() => faults.push(message.clone()),
            Verdict::Error(_) => {}
            Verdict::Figures(figures) => match figures.get(name) {
                Some(figure) if threshold.is_met(*figure) => {}
                // On data that nobody has seen: the figure gives no answer away.
                Some(figure) => faults.push(format!("{name} is {figure:.3}, expected {threshold}")),
                None => bail!("`{id}`: the verdict does not tell `{name}`, for which assignment.toml has a threshold"),
            },
        }
    }
    if faults.is_empty() {
        bail!("`{id}`: assignment.toml has no threshold that begins with `{prefix}`");
    }
    let all = faults.len();
    let faults: Vec<String> =
        faults.into_values().filter(|faults| !faults.is_empty()).map(|faults| faults.join("; ")).collect();
    Ok(Cases { right: all - faults.len(), all, faults })
}

fn program<'a>(items: &str, functions: impl Iterator<Item = &'a String>) -> String {
    let mut calls = String::new();
    for function in functions {
        let _ = writeln!(calls, "    run(&mut out, {function:?}, {function});");
    }
    format!(
        r#"#![allow(warnings)]
{items}
fn main() {{
    type Function = fn(&::nnlib::probe::Submitted, &mut ::nnlib::rng::RandomState) -> ::std::result::Result<::std::vec::Vec<(&'static str, f64)>, ::std::string::String>;
    fn run(out: &mut ::std::string::String, name: &str, function: Function) {{
        use ::std::fmt::Write;
        let seed = ::std::env::var("NNLIB_PROBE_SEED").expect("the seed is set").parse().expect("the seed is a number");
        let submitted = ::nnlib::probe::Submitted::read(&::std::fs::read(name).expect("the records are there"));
        match function(&submitted, &mut ::nnlib::rng::RandomState::new(seed)) {{
            ::std::result::Result::Ok(figures) => {{
                let _ = ::std::writeln!(out, "{{name}} figures");
                for (figure, value) in figures {{
                    let _ = ::std::writeln!(out, "{{name}} figure {{figure}} {{}}", value.to_bits());
                }}
            }}
            ::std::result::Result::Err(message) => {{
                let _ = ::std::writeln!(out, "{{name}} error {{}}", message.replace('\n', " "));
            }}
        }}
    }}
    let mut out = ::std::string::String::new();
{calls}    ::std::fs::write({RESULTS:?}, out).expect("the verdicts can be written");
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says_is_read() {
        let text = "verdict_a figures\nverdict_a figure a/b 4602678819172646912\nverdict_c error `c/w`: expected shape (2,), found (3,)\n";
        let said = parse(text);
        assert_eq!(said["verdict_a"], Verdict::Figures(BTreeMap::from([("a/b".to_owned(), 0.5)])));
        assert_eq!(said["verdict_c"], Verdict::Error("`c/w`: expected shape (2,), found (3,)".to_owned()));
    }

    fn record(name: &str, value: f64) -> Record {
        Record { name: name.to_owned(), values: nnlib::ndarray::ArrayD::from_elem(vec![2], value) }
    }

    #[test]
    fn of_records_of_one_name_the_first_counts() {
        let (first, other, second) = (record("a/b", 1.0), record("a/c", 3.0), record("a/b", 2.0));
        let alone = [first.clone(), other.clone()].map(|record| record.to_bytes().unwrap()).concat();
        assert_eq!(within(&[first, other, second], 1000), alone);
    }

    #[test]
    fn records_end_where_there_is_no_room() {
        let records = ["a/b", "a/c", "a/d"].map(|name| record(name, 0.0));
        let size = records[0].to_bytes().unwrap().len();
        assert_eq!(within(&records, 3 * size).len(), 3 * size);
        assert_eq!(within(&records, 3 * size - 1).len(), 2 * size);
    }

    #[test]
    fn the_program_is_rust() {
        let source = program("fn verdict_a() {}", ["verdict_a".to_owned()].iter());
        syn::parse_file(&source).expect("it is Rust");
        assert!(source.contains("run(&mut out, \"verdict_a\", verdict_a);"));
    }
}
