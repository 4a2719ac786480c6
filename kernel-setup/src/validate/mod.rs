//! `nnkernel validate`: what students can know of their notebook before they hand it in.
//!
//! The checks that they see, run in a fresh session as a grader runs them: cells compared with those that were handed out, rules, the
//! whole notebook from its first cell to its last. Nothing secret is needed for that, and nothing that is found counts.
//!
//! | module | what it holds |
//! |---|---|
//! | [`handed_out`] | the notebook as it was handed out |
//! | [`findings`] | what would become of each question |
//! | [`page`] | all of it in words |

mod findings;
mod handed_out;
mod page;

use crate::cli::{self, Budget};
use crate::grade::Setting;
use crate::grade::attempt::Attempt;
use crate::grade::exam::Exam;
use crate::grade::grader;
use crate::grade::sheet::{Parts, SheetCell};
use crate::grade::submission::alignment::{Alignment, NoteKind, align};
use crate::grade::submission::{nesting, reading, rules};
use crate::run::terminal::Terminal;
use anyhow::{Context, Result, anyhow, bail};
use findings::Finding;
use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// A check fails, or something is not allowed.
const NOT_ALL: u8 = 1;

/// What was found in a notebook.
#[derive(Debug, Default, PartialEq)]
struct Validated {
    /// The assignment's name.
    assignment: String,
    /// Questions that are tested.
    tested: Vec<Finding>,
    /// Written answers and tasks.
    written: Vec<Finding>,
    /// Cells that are not as they were handed out.
    changed: Vec<String>,
    /// Rules that were broken.
    forbidden: Vec<String>,
    /// Cells of the student's own that have failed.
    failed: Vec<String>,
}

impl Validated {
    /// Whether every check passes, and everything is allowed.
    fn is_good(&self) -> bool {
        self.tested.iter().all(|finding| finding.outcome.is_good()) && self.forbidden.is_empty()
    }
}

/// Validates the notebook that `options` name.
pub fn run(options: &cli::Validate) -> Result<ExitCode> {
    let validated = nesting::on_large_stack(|| validate(options))?;
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    print!("{}", page::text(&validated, color));
    Ok(if validated.is_good() { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL) })
}

fn validate(options: &cli::Validate) -> Result<Validated> {
    let path = &options.notebook;
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let submitted = reading::read(&bytes).map_err(|reason| anyhow!("{}: {reason}", path.display()))?;
    let exam = handed_out::find(options.release.as_deref(), submitted.assignment.as_deref())
        .with_context(|| format!("{} cannot be validated", path.display()))?;
    let rules = &exam.assignment.manifest.rules;
    let aligned = align(&exam.source, &exam.release, &submitted.notebook, rules.may_add_cells);
    if aligned.notes.iter().any(|note| note.kind == NoteKind::Foreign) {
        bail!("{}: nothing in it is from {}", path.display(), exam.assignment.name);
    }
    let broken_rules = rules::check(&aligned, &exam.source, rules);
    let sheet = grader::sheet_cells(&exam, &aligned, &broken_rules);
    let attempt = attempt(&exam, &sheet, options)?;
    let answers =
        findings::Answers { exam: &exam, aligned: &aligned, sheet: &sheet, rules: &broken_rules, attempt: &attempt };
    Ok(Validated {
        assignment: exam.assignment.name.clone(),
        tested: answers.tested(),
        written: answers.written(),
        changed: changed(&aligned),
        forbidden: broken_rules.violations.iter().map(|violation| grader::told(&aligned, violation)).collect(),
        failed: answers.failed(),
    })
}

fn attempt(exam: &Exam, sheet: &[SheetCell], options: &cli::Validate) -> Result<Attempt> {
    let (budget, seconds) = match options.budget {
        Budget::Grade => ("grade", 60),
        Budget::Short => ("short", 600),
        Budget::Full => ("full", 24 * 3600),
    };
    let terminal = Terminal::new();
    let setting = Setting::own(Duration::from_secs(options.timeout.unwrap_or(seconds)), budget);
    let workshop = setting.workshop(exam)?;
    terminal.waiting("compiling and running the notebook", || {
        workshop.attempt(exam, sheet, &BTreeSet::new(), &Parts::Visible)
    })
}

/// What differs from what was handed out; cells that were added are no fault.
fn changed(aligned: &Alignment) -> Vec<String> {
    aligned.notes.iter().filter(|note| note.kind != NoteKind::Added).map(|note| note.text.clone()).collect()
}
