//! Wrong answers made from a right one: the reference's solution with one small mistake each.
//!
//! | module | mistakes in |
//! |---|---|
//! | [`arithmetic`] | signs, terms, factors, divisors, comparisons, conditions |
//! | [`calls`] | what is called: axes, transposes, rows, functions left out, arguments swapped |
//! | [`values`] | constants, names of parameters, modes, ranges |
//! | [`names`] | one variable for another, arguments that are not used |
//! | [`statements`] | steps left out, lists, arms |
//! | [`results`] | what a function returns |
//!
//! A mistake is an edit of the text, found in the parsed code, so that everything else stays as it was written. Changes that
//! no test could see are left out as far as they can be told: settings that only print, code for other budgets, `>` for `>=`
//! where both give the same.

mod arithmetic;
mod calls;
mod code;
mod edits;
mod names;
mod results;
mod statements;
mod values;
mod walk;

use code::Code;
use edits::Edits;
use std::collections::HashSet;

/// A cell with one mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The kind of mistake.
    pub operator: &'static str,
    /// Where it is in `text`, from 1.
    pub line: usize,
    /// The same for people: "line 7: `+` became `-`".
    pub description: String,
    /// The whole cell, without markers.
    pub text: String,
}

/// The mistakes that can be made in a cell's solution: between its markers, or anywhere where there are none.
///
/// The same cell gives the same mutants in the same order, from its first line to its last. Each is Rust as far as syntax
/// tells; no two are equal, and none is the cell as it was. A cell that is no Rust has none.
pub fn mutants(cell_text: &str) -> Vec<Mutant> {
    let Some(code) = Code::parse(cell_text) else { return Vec::new() };
    let mut edits = Edits::new(&code);
    walk::walk(&mut edits);
    let mut known = HashSet::from([without_space(&code.text)]);
    let mut mutants = Vec::new();
    for edit in edits.in_order() {
        let text = edit.apply(&code.text);
        if code::parse(&text).is_some() && known.insert(without_space(&text)) {
            let line = code.line(edit.start());
            let description = format!("line {line}: {}", edit.description(&code.text));
            mutants.push(Mutant { operator: edit.operator, line, description, text });
        }
    }
    mutants
}

/// Whether a cell's text is Rust as far as syntax tells.
#[cfg(test)]
pub fn is_rust(text: &str) -> bool {
    code::parse(text).is_some()
}

/// Two texts that differ in white space only are the same mutant.
fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
