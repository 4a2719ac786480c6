//! What is to be run: the cells of a submission, those that were given, and the reference's answers where they are asked for.

use super::exam::Exam;
use super::program::Unit;
use super::program::code::Code;
use crate::passes::nbgrader::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// A cell of what is to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetCell {
    /// Which cell of the assignment it is; none for one that the student has added.
    pub exam: Option<usize>,
    /// It is code.
    pub is_code: bool,
    /// The student's text, or for given cells the author's.
    pub text: String,
    /// Why what was handed out is run in its place, if it is.
    pub void: Option<Void>,
}

/// Why a cell does not count.
#[derive(Clone, Debug, PartialEq)]
pub enum Void {
    /// It breaks a rule.
    Rule,
    /// It is no Rust; in words.
    Syntax(String),
    /// It is not what it says that it is.
    Tampered,
}

/// Which part of a cell a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What everybody sees.
    Visible,
    /// Hidden tests.
    Hidden,
}

/// Which units of a sheet are run.
#[derive(Clone, Debug, PartialEq)]
pub enum Parts {
    /// All.
    All,
    /// What everybody sees.
    Visible,
    /// The hidden tests of these cells of the sheet, and whatever makes the variables that they take.
    Tests(BTreeSet<usize>),
}

/// The units of a sheet.
#[derive(Default)]
pub struct Layout {
    /// In their order.
    pub units: Vec<Unit>,
    /// Which cell of the sheet each is of, and which part.
    pub keys: Vec<(usize, Part)>,
    /// What its cell is called for people.
    pub names: Vec<String>,
    /// Cells whose text is no Rust, and why.
    pub unparsed: BTreeMap<usize, String>,
}

impl Layout {
    /// The units of a sheet, with the reference's answers in the place of those `on_reference`, and without what is `broken`.
    pub fn of(
        exam: &Exam,
        sheet: &[SheetCell],
        on_reference: &BTreeSet<usize>,
        broken: &BTreeMap<usize, String>,
        parts: &Parts,
    ) -> Self {
        let mut layout = Layout::default();
        for (index, cell) in sheet.iter().enumerate().filter(|(_, cell)| cell.is_code) {
            let given = cell.exam.map(|cell| &exam.cells[cell]);
            let text = match given {
                Some(given) if cell.exam.is_some_and(|cell| on_reference.contains(&cell)) => &given.text,
                Some(given)
                    if given.kind == Some(Kind::Solution) && (cell.void.is_some() || broken.contains_key(&index)) =>
                {
                    &given.released
                }
                _ if cell.void.is_some() || broken.contains_key(&index) => continue,
                _ => &cell.text,
            };
            let name = match given.and_then(|given| given.id.as_ref()) {
                Some(id) => format!("the cell `{id}`"),
                None => "another cell".to_owned(),
            };
            let rank = match given {
                None => 0,
                Some(given) if given.kind == Some(Kind::Solution) => 1,
                Some(_) => 2,
            };
            match Code::parse(text) {
                Ok(code) => {
                    layout.units.push(Unit { code, is_closed: false, rank });
                    layout.keys.push((index, Part::Visible));
                    layout.names.push(name.clone());
                }
                Err(error) => {
                    let line = text.lines().nth(error.line - 1).unwrap_or_default().trim_end();
                    let message = format!("error: {}\n  line {}: {line}", error.message, error.line);
                    layout.unparsed.insert(index, message);
                }
            }
            if let Some(hidden) = given.and_then(|given| given.hidden.as_ref()).filter(|_| *parts != Parts::Visible)
                && let Ok(code) = Code::parse(hidden)
            {
                layout.units.push(Unit { code: code.closed(hidden), is_closed: true, rank: 2 });
                layout.keys.push((index, Part::Hidden));
                layout.names.push(name);
            }
        }
        if let Parts::Tests(tests) = parts {
            layout.reduce(tests);
        }
        layout
    }

    /// Takes the statements out of all units that these tests do not need. Items stay: they cost next to nothing.
    fn reduce(&mut self, tests: &BTreeSet<usize>) {
        let keys = self.keys.iter().enumerate();
        let mut next: Vec<usize> = keys
            .filter(|(_, (cell, part))| *part == Part::Hidden && tests.contains(cell))
            .map(|(unit, _)| unit)
            .collect();
        let mut needed: BTreeSet<usize> = next.iter().copied().collect();
        while let Some(unit) = next.pop() {
            for name in &self.units[unit].code.names.takes {
                let maker = (0..unit).rev().find(|other| self.units[*other].code.names.makes.contains(name));
                next.extend(maker.filter(|maker| needed.insert(*maker)));
            }
        }
        for (index, unit) in self.units.iter_mut().enumerate() {
            if !needed.contains(&index) {
                unit.code.drop_statements();
            }
        }
    }
}
