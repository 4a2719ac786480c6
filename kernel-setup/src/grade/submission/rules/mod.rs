//! What a student's code may not have.
//!
//! A sandbox keeps code that is compiled and run from doing harm. These rules keep it from what it has no business with, tell that to
//! its author in words, and keep given cells what they are. What breaks a rule costs its own cell only, which counts as not answered.
//!
//! | forbidden | since |
//! |---|---|
//! | `unsafe`, `extern`, attributes that reach the linker | such code can change any memory, results of tests included |
//! | `macro_rules!`, `macro` | what they make is not seen here |
//! | `include!` and the like, `env!`, `mod name;` | the compiler would read files and settings that are not the student's |
//! | the interpreter's commands (`:dep`) | there are no other crates, and no other settings |
//! | processes, network, files, environment, threads, hooks of panics | see [`paths`] |
//! | names of the grader's own | they are for hidden tests |
//! | items with names that given cells use | they would change given cells |
//! | loops, where the assignment asks for code without | it is what is to be learned |
//!
//! All but the last two are looked for among the tokens, wherever they stand, within calls of macros and in code that is no valid Rust:
//! text, comments and names that merely contain such a word are no concern.

mod commands;
mod paths;
mod shadows;
mod words;

#[cfg(test)]
mod tests;

use super::alignment::{AlignedCell, Alignment, State};
use super::nesting;
use crate::assignment::Rules;
use crate::passes::check_loops;
use nbformat::v4;
use proc_macro2::{Span, TokenStream};
use shadows::Given;
use std::fmt;
use syn::parse::Parser;

/// A page has room for so many of a cell.
const MAX_VIOLATIONS: usize = 20;

/// Of what was found, this much is shown.
const MAX_SHOWN: usize = 60;

/// Something that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which cell of the alignment, from 0.
    pub cell: usize,
    /// Which of the cell's lines, from 0.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// Why that is not allowed, and what is.
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: `{}`: {}", self.line + 1, self.found, self.rule)
    }
}

/// A cell that is not even made of Rust's words. It must not be compiled together with others: its braces may not be balanced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which cell of the alignment, from 0.
    pub cell: usize,
    /// Which of the cell's lines, from 0.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// What was found in a submission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// By cell and line.
    pub violations: Vec<Violation>,
    /// By cell.
    pub broken: Vec<Broken>,
}

/// Looks at all code of a submission that is the student's. `source` is the assignment's, with solutions.
pub fn check(aligned: &Alignment, source: &v4::Notebook, rules: &Rules) -> Findings {
    nesting::on_large_stack(|| {
        let given = Given::of(source);
        let mut findings = Findings::default();
        for (index, cell) in aligned.cells.iter().enumerate().filter(|(_, cell)| is_checked(cell)) {
            check_cell(index, &cell.text, &given, rules, &mut findings);
        }
        findings
    })
}

/// Whether a cell's text is a student's, and compiled.
fn is_checked(cell: &AlignedCell) -> bool {
    cell.is_code && cell.role.is_students() && matches!(cell.state, State::Answered | State::Added)
}

fn check_cell(index: usize, text: &str, given: &Given, rules: &Rules, findings: &mut Findings) {
    let mut found = Found::default();
    let code = commands::take_out(text, &mut found);
    match nesting::tokens(&code) {
        Err((line, message)) => findings.broken.push(Broken { cell: index, line, message }),
        Ok(tokens) => {
            words::look(&tokens, &rules.allowed_nnlib, &mut found);
            // What cannot be parsed is not compiled either.
            if let Some(statements) = statements(tokens) {
                shadows::look(&statements, given, &mut found);
                let outside = &rules.forbidden_loops_outside;
                if !outside.is_empty()
                    && let Some((span, keyword)) = check_loops::first_loop(&statements, outside)
                {
                    found.add(span, keyword, check_loops::rule(outside));
                }
            }
        }
    }
    found.0.sort_by_key(|(line, ..)| *line);
    found.0.dedup();
    found.0.truncate(MAX_VIOLATIONS);
    let violation = |(line, found, rule)| Violation { cell: index, line, found, rule };
    findings.violations.extend(found.0.into_iter().map(violation));
}

/// The statements of a cell, the last of which may do without its semicolon.
fn statements(tokens: TokenStream) -> Option<Vec<syn::Stmt>> {
    let parse = |tokens: TokenStream| syn::Block::parse_within.parse2(tokens).ok();
    parse(tokens.clone()).or_else(|| {
        let end = proc_macro2::TokenTree::from(proc_macro2::Punct::new(';', proc_macro2::Spacing::Alone));
        parse(tokens.into_iter().chain([end]).collect())
    })
}

/// What was found in a cell: the line, what stands there, and the rule.
#[derive(Default)]
struct Found(Vec<(usize, String, String)>);

impl Found {
    fn add(&mut self, span: Span, found: impl Into<String>, rule: impl Into<String>) {
        let found = found.into().chars().take(MAX_SHOWN).collect();
        self.0.push((span.start().line.saturating_sub(1), found, rule.into()));
    }
}
