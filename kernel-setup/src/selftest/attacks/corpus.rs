//! Attacks as text: what is handed in, what is tried by it, and what is expected of the grader.
//!
//! ```text
//! === panic-hook                    a name
//! tries: to hide that it panics     what for
//! with rules: mean_rows failed      which questions end how; what is not named passes
//! without rules: mean_rows panic    the same, where rules are not looked at; either may be left out
//! never: 14.0                       text that no file of the grading may have
//! --- answer mean_rows              the cell of this name, with the text below
//! fn mean_rows(x: &Matrix) -> Vector {
//! !!    std::panic::set_hook(Box::new(|_| {}));
//! ??    x.mean_axis(Axis(1)).unwrap()
//! }
//! ```
//!
//! A line behind `!!` is hostile; the control has none of these, and those behind `??` in their place.

use crate::grade::marks::Status;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// The families: their names and texts.
const FAMILIES: [(&str, &str); 10] = [
    ("answers", include_str!("corpus/answers.txt")),
    ("values", include_str!("corpus/values.txt")),
    ("harness", include_str!("corpus/harness.txt")),
    ("files", include_str!("corpus/files.txt")),
    ("compiler", include_str!("corpus/compiler.txt")),
    ("processes", include_str!("corpus/processes.txt")),
    ("greed", include_str!("corpus/greed.txt")),
    ("pages", include_str!("corpus/pages.txt")),
    ("syntax", include_str!("corpus/syntax.txt")),
    ("cells", include_str!("corpus/cells.txt")),
];

/// How questions are to end, by their names without `test_`: each in one of these ways. Others pass.
pub type Expected = BTreeMap<String, Vec<Status>>;

/// An attack.
#[derive(Clone, Debug, PartialEq)]
pub struct Attack {
    /// To which family it belongs.
    pub family: &'static str,
    /// Its name.
    pub name: String,
    /// What it tries.
    pub tries: String,
    /// How it ends where rules are looked at, if that is tried.
    pub with_rules: Option<Expected>,
    /// How it ends where the sandbox alone is in its way, if that is tried.
    pub without_rules: Option<Expected>,
    /// What no file of the grading may have.
    pub never: Vec<String>,
    /// What is done to the notebook, in this order.
    pub changes: Vec<Change>,
}

/// What is done to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It gets another text.
    Answer,
    /// A cell of code is added behind it.
    After,
    /// Many cells of code are added behind it, with `@N@` for their numbers and `@M@` for the next ones.
    Many,
    /// A cell of text is added behind it.
    TextAfter,
    /// A copy of it, with another text, is added at the end.
    Copy,
    /// Its nbgrader metadata get these values.
    Metadata,
    /// It is moved to the end.
    Last,
    /// It is taken out.
    Without,
}

/// A change of a notebook.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is done.
    pub kind: Kind,
    /// The name of the cell.
    pub cell: String,
    /// What is done it with.
    pub text: String,
}

impl Attack {
    /// The changes of the control: the same without what is hostile.
    pub fn control(&self) -> Vec<Change> {
        let tame = |change: &Change| {
            let lines = change.text.lines().filter(|line| !line.starts_with("!!"));
            let text: String = lines.map(|line| format!("{}\n", line.strip_prefix("??").unwrap_or(line))).collect();
            Change { text: text.trim_end_matches('\n').to_owned(), ..change.clone() }
        };
        let is_tame = |change: &Change| !change.text.trim().is_empty();
        self.changes.iter().map(tame).filter(is_tame).collect()
    }

    /// The changes of the attack.
    pub fn hostile(&self) -> Vec<Change> {
        let armed = |change: &Change| {
            let lines = change.text.lines().filter(|line| !line.starts_with("??"));
            let text: String = lines.map(|line| format!("{}\n", line.strip_prefix("!!").unwrap_or(line))).collect();
            Change { text: text.trim_end_matches('\n').to_owned(), ..change.clone() }
        };
        self.changes.iter().map(armed).collect()
    }
}

/// All attacks of the families that `only` names, or of all.
pub fn all(only: &[String]) -> Result<Vec<Attack>> {
    let mut attacks = Vec::new();
    for (family, text) in FAMILIES {
        if only.is_empty() || only.iter().any(|name| name == family) {
            attacks.extend(parse(family, text).with_context(|| format!("the attacks in {family}.txt"))?);
        }
    }
    Ok(attacks)
}

/// The names of the families.
pub fn families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(name, _)| *name)
}

fn parse(family: &'static str, text: &str) -> Result<Vec<Attack>> {
    let mut attacks: Vec<Attack> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = || format!("line {}: `{line}`", number + 1);
        if let Some(name) = line.strip_prefix("=== ") {
            attacks.push(Attack {
                family,
                name: name.to_owned(),
                tries: String::new(),
                with_rules: None,
                without_rules: None,
                never: Vec::new(),
                changes: Vec::new(),
            });
            continue;
        }
        let Some(attack) = attacks.last_mut() else {
            ensure!(line.is_empty(), "{}: expected the beginning of an attack", place());
            continue;
        };
        if let Some(words) = line.strip_prefix("--- ") {
            attack.changes.push(change(words).with_context(place)?);
        } else if let Some(change) = attack.changes.last_mut() {
            change.text.push_str(line);
            change.text.push('\n');
        } else if !line.is_empty() {
            let (key, value) = line.split_once(": ").with_context(place)?;
            match key {
                "tries" => attack.tries = value.to_owned(),
                "with rules" => attack.with_rules = Some(expected(value).with_context(place)?),
                "without rules" => attack.without_rules = Some(expected(value).with_context(place)?),
                "never" => attack.never.push(value.to_owned()),
                other => bail!("{}: there is no `{other}`", place()),
            }
        }
    }
    for attack in &attacks {
        let is_tried = attack.with_rules.is_some() || attack.without_rules.is_some();
        ensure!(is_tried && !attack.tries.is_empty(), "`{}` says not what it tries, or what is expected", attack.name);
    }
    Ok(attacks)
}

fn change(words: &str) -> Result<Change> {
    let (kind, cell) = words.split_once(' ').context("expected what is done, and the name of a cell")?;
    let kind = match kind {
        "answer" => Kind::Answer,
        "after" => Kind::After,
        "many" => Kind::Many,
        "text-after" => Kind::TextAfter,
        "copy" => Kind::Copy,
        "metadata" => Kind::Metadata,
        "last" => Kind::Last,
        "without" => Kind::Without,
        other => bail!("nobody knows how to do `{other}`"),
    };
    Ok(Change { kind, cell: cell.to_owned(), text: String::new() })
}

fn expected(text: &str) -> Result<Expected> {
    let mut expected = Expected::new();
    for words in text.split(", ").filter(|words| *words != "all passed") {
        let (question, statuses) = words.split_once(' ').with_context(|| format!("`{words}`: expected a status"))?;
        let statuses = statuses.split(" or ").map(|name| {
            ALL.iter().copied().find(|status| status.name() == name).with_context(|| format!("`{name}` is no status"))
        });
        expected.insert(question.to_owned(), statuses.collect::<Result<_>>()?);
    }
    Ok(expected)
}

/// What questions of code can end in.
const ALL: [Status; 10] = [
    Status::Passed,
    Status::Partial,
    Status::Failed,
    Status::CompileError,
    Status::Panic,
    Status::Timeout,
    Status::OutOfMemory,
    Status::Killed,
    Status::NotRun,
    Status::Tampered,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_and_its_control_differ_in_what_is_marked() {
        let text = "=== quiet\ntries: to hide\nwith rules: double failed or panic\n--- answer double\nfn f() {\n!!    bad();\n??    good();\n}\n";
        let attacks = parse("answers", text).unwrap();
        assert_eq!(attacks[0].hostile()[0].text, "fn f() {\n    bad();\n}");
        assert_eq!(attacks[0].control()[0].text, "fn f() {\n    good();\n}");
        assert_eq!(attacks[0].with_rules.as_ref().unwrap()["double"], [Status::Failed, Status::Panic]);
        assert_eq!(attacks[0].without_rules, None);
    }

    #[test]
    fn all_texts_are_read_and_names_are_used_once() {
        let attacks = all(&[]).unwrap();
        let names: std::collections::BTreeSet<&str> = attacks.iter().map(|attack| attack.name.as_str()).collect();
        assert_eq!(names.len(), attacks.len());
        assert!(attacks.len() >= 50, "{}", attacks.len());
    }
}
