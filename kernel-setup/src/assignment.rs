//! Assignments: a folder of `notebooks/` with a notebook source, what is made from it, and a manifest.
//!
//! ```text
//! notebooks/<name>/<name>.rs               the source: text, code, solutions, hidden tests
//! notebooks/<name>/assignment.toml         the manifest
//! notebooks/<name>/<name>.ipynb            for students: no solutions, no outputs
//! notebooks/<name>/<name>-solution.ipynb   the source after a run, with outputs
//! ```

use crate::notebook::{self, KERNEL_DISPLAY_NAME, KERNEL_NAME};
use anyhow::{Context, Result, bail, ensure};
use nbformat::v4;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "assignment.toml";

/// An assignment's folder, and what its manifest says.
#[derive(Debug)]
pub struct Assignment {
    /// The folder's name.
    pub name: String,
    /// The folder; empty if this binary brings the assignment along.
    pub folder: PathBuf,
    /// What `assignment.toml` says.
    pub manifest: Manifest,
}

/// `assignment.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// For people.
    pub title: String,
    /// The sum of its questions' points.
    pub points: f64,
    /// Modules of nnlib that students write themselves, as features that are compiled out.
    pub withheld: Vec<String>,
    /// What a submission may do.
    #[serde(default)]
    pub rules: Rules,
    /// How long it may take.
    #[serde(default)]
    pub budget: Budget,
    /// What the figures of verdicts must be in a grading, by name.
    #[serde(default)]
    pub thresholds: BTreeMap<String, Threshold>,
    /// By how much what is probed may differ from the reference's, beside the largest of its values.
    #[serde(default = "double_precision")]
    pub tolerance: f64,
    /// For those who grade the grader.
    #[serde(default)]
    pub selftest: Selftest,
}

/// Where values are computed in `f64`; assignments that compute in `f32` say another.
fn double_precision() -> f64 {
    1e-6
}

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// This or more, such as an accuracy.
    AtLeast(f64),
    /// This or less, such as an error.
    AtMost(f64),
}

impl Threshold {
    /// Whether `figure` is as it must be; what is no number never is.
    pub fn is_met(self, figure: f64) -> bool {
        match self {
            Threshold::AtLeast(bound) => figure >= bound && figure.is_finite(),
            Threshold::AtMost(bound) => figure <= bound && figure.is_finite(),
        }
    }

    fn bound(self) -> f64 {
        match self {
            Threshold::AtLeast(bound) | Threshold::AtMost(bound) => bound,
        }
    }
}

/// As it is said to students: "at least 0.85".
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::AtLeast(bound) => write!(f, "at least {bound}"),
            Threshold::AtMost(bound) => write!(f, "at most {bound}"),
        }
    }
}

/// What a submission may do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Whether students may add cells of their own, and remove them.
    pub may_add_cells: bool,
    /// Loops (`for`, `while`, `loop`) may stand inside these items only; anywhere if there are none.
    pub forbidden_loops_outside: Vec<String>,
    /// What of nnlib a submission may name, as paths below it (`prelude`, `data::mnist`); everything if there are none.
    pub allowed_nnlib: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { may_add_cells: true, forbidden_loops_outside: Vec::new(), allowed_nnlib: Vec::new() }
    }
}

/// What a selftest cannot know.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selftest {
    /// Changes of an answer that are no mistakes, since mathematically it stays the same, by the answer's `grade_id`.
    pub equivalent: BTreeMap<String, Vec<String>>,
}

/// How long an assignment may take.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// From the first cell to the last, on two cores, on the embedded data.
    pub short_minutes: f64,
    /// All training of a graded notebook together.
    pub grade_core_seconds: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { short_minutes: 3.0, grade_core_seconds: 10.0 }
    }
}

impl Assignment {
    /// Finds an assignment by its folder, or by its name below `notebooks` in the checkout.
    pub fn find(asked: &Path, checkout: Option<&Path>) -> Result<Self> {
        if asked.join(MANIFEST).is_file() {
            return Self::open(asked);
        }
        let notebooks = checkout.map(|checkout| checkout.join("notebooks"));
        if asked.is_dir() && asked.components().count() > 1 {
            bail!("{} is no assignment: it has no {MANIFEST}", asked.display());
        }
        let Some(notebooks) = notebooks else {
            bail!("there is no folder {} with an {MANIFEST}", asked.display());
        };
        let folder = notebooks.join(asked);
        if folder.join(MANIFEST).is_file() {
            return Self::open(&folder);
        }
        let known: Vec<String> = Self::all(&notebooks)?.into_iter().map(|assignment| assignment.name).collect();
        bail!("there is no assignment {}; assignments here: {}", asked.display(), known.join(", "))
    }

    /// The assignments below a folder, by name.
    pub fn all(notebooks: &Path) -> Result<Vec<Self>> {
        let entries = fs::read_dir(notebooks).with_context(|| format!("cannot list {}", notebooks.display()))?;
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.retain(|folder| folder.join(MANIFEST).is_file());
        folders.sort();
        folders.iter().map(|folder| Self::open(folder)).collect()
    }

    /// The assignment that a notebook source or notebook lies in, if its folder is one.
    pub fn around(notebook: &Path) -> Result<Option<Self>> {
        match notebook.parent() {
            Some(folder) if folder.join(MANIFEST).is_file() => Self::open(folder).map(Some),
            _ => Ok(None),
        }
    }

    /// Opens an assignment's folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder)?;
        let name = folder.file_name().and_then(|name| name.to_str()).context("an assignment's folder has a name")?;
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest = Manifest::parse(&text).with_context(|| format!("{}", path.display()))?;
        Ok(Assignment { name: name.to_owned(), manifest, folder })
    }

    /// The manifest's file.
    pub fn manifest_path(&self) -> PathBuf {
        self.folder.join(MANIFEST)
    }

    /// The text that people edit.
    pub fn source(&self) -> PathBuf {
        self.folder.join(format!("{}.rs", self.name))
    }

    /// The notebook for students.
    pub fn student(&self) -> PathBuf {
        self.folder.join(format!("{}.ipynb", self.name))
    }

    /// The notebook with solutions and outputs.
    pub fn solution(&self) -> PathBuf {
        self.folder.join(format!("{}-solution.ipynb", self.name))
    }
}

/// The assignments that this binary knows: each name, with the text of its manifest.
static KNOWN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/manifests.rs"));

/// The assignments that this binary knows, by name, and their manifests.
pub fn known() -> Result<Vec<(String, Manifest)>> {
    let parse = |&(path, text): &(&str, &[u8])| {
        let name = path.strip_suffix(&format!("/{MANIFEST}")).unwrap_or(path);
        let manifest = Manifest::parse(std::str::from_utf8(text)?).with_context(|| path.to_owned())?;
        Ok((name.to_owned(), manifest))
    };
    KNOWN.iter().map(parse).collect()
}

/// The notebooks for students that this binary brings along.
static RELEASED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/released.rs"));

/// The notebook that students are given, as bytes of its file, if this binary knows the assignment.
pub fn released(name: &str) -> Option<&'static [u8]> {
    let path = format!("{name}/{name}.ipynb");
    RELEASED.iter().find(|(known, _)| *known == path).map(|(_, bytes)| *bytes)
}

/// The key in a notebook's metadata that tells of its assignment.
const METADATA: &str = "nnlib";
const WITHHELD: &str = "withheld";

/// Says in a notebook which assignment it is, and which kernel runs it.
pub fn mark(notebook: &mut v4::Notebook, assignment: &Assignment) {
    let mut metadata = notebook::kernel_metadata();
    if let Some(kernel) = &mut metadata.kernelspec {
        kernel.name = kernel_name(KERNEL_NAME, &assignment.name);
        kernel.display_name = kernel_display_name(KERNEL_DISPLAY_NAME, &assignment.name);
    }
    let withheld = &assignment.manifest.withheld;
    metadata.additional.insert(METADATA.to_owned(), json!({ "assignment": assignment.name, WITHHELD: withheld }));
    notebook.metadata = metadata;
}

/// Says something about a notebook that has been [marked](mark).
pub fn note(notebook: &mut v4::Notebook, key: &str, text: &str) {
    if let Some(Value::Object(ours)) = notebook.metadata.additional.get_mut(METADATA) {
        ours.insert(key.to_owned(), text.into());
    }
}

/// The name of an assignment's kernel, where the kernel for everything else is called `general`.
pub fn kernel_name(general: &str, assignment: &str) -> String {
    format!("{general}-{assignment}")
}

/// The same, for people.
pub fn kernel_display_name(general: &str, assignment: &str) -> String {
    format!("{general}: {assignment}")
}

/// The modules of nnlib that a notebook's assignment withholds, as its metadata tell; none if it belongs to no assignment.
pub fn withheld(notebook: &v4::Notebook) -> Result<Vec<String>> {
    let Some(value) = notebook.metadata.additional.get(METADATA).and_then(|ours| ours.get(WITHHELD)) else {
        return Ok(Vec::new());
    };
    serde_json::from_value(value.clone())
        .with_context(|| format!("metadata.{METADATA}.{WITHHELD}: expected a list of names, found {value}"))
}

impl Manifest {
    /// What the notebook of an assignment tells of it, where there is no manifest.
    pub fn of_notebook(name: &str, withheld: Vec<String>) -> Self {
        Manifest {
            title: name.to_owned(),
            points: 0.0,
            withheld,
            rules: Rules::default(),
            budget: Budget::default(),
            thresholds: BTreeMap::new(),
            tolerance: double_precision(),
            selftest: Selftest::default(),
        }
    }

    /// Reads a manifest.
    pub fn parse(text: &str) -> Result<Self> {
        let manifest: Manifest = toml::from_str(text)?;
        ensure!(!manifest.title.trim().is_empty(), "`title` is empty");
        ensure!(manifest.points >= 0.0, "`points` is {}, expected 0 or more", manifest.points);
        for (name, value) in [
            ("budget.short_minutes", manifest.budget.short_minutes),
            ("budget.grade_core_seconds", manifest.budget.grade_core_seconds),
            ("tolerance", manifest.tolerance),
        ] {
            ensure!(value > 0.0, "`{name}` is {value}, expected more than 0");
        }
        ensure!(
            manifest.tolerance > 0.0 && manifest.tolerance < 1.0,
            "`tolerance` is {}, expected more than 0 and less than 1",
            manifest.tolerance
        );
        for (name, threshold) in &manifest.thresholds {
            ensure!(threshold.bound().is_finite(), "threshold `{name}` is {threshold}, expected a number");
            ensure!(name.contains('/'), "threshold `{name}`: expected a name as of a probe, `question/case`");
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_has_defaults_for_all_but_title_points_and_what_is_withheld() {
        let manifest = Manifest::parse("title = \"T\"\npoints = 2.5\nwithheld = [\"layers\"]\n").unwrap();
        assert_eq!((manifest.points, manifest.withheld.as_slice()), (2.5, &["layers".to_owned()][..]));
        assert!(manifest.rules.may_add_cells && manifest.rules.forbidden_loops_outside.is_empty());
        assert_eq!((manifest.budget.short_minutes, manifest.budget.grade_core_seconds), (3.0, 10.0));
        assert_eq!((manifest.tolerance, manifest.thresholds.len()), (1e-6, 0));
        assert!(manifest.selftest.equivalent.is_empty());
    }

    #[test]
    fn thresholds_have_a_direction() {
        let manifest = |thresholds: &str| {
            Manifest::parse(&format!("title = \"T\"\npoints = 1\nwithheld = []\n[thresholds]\n{thresholds}\n"))
        };
        let both = manifest("\"q/accuracy\" = { at_least = 0.85 }\n\"q/error\" = { at_most = 2 }").unwrap();
        let [accuracy, error] = ["q/accuracy", "q/error"].map(|name| both.thresholds[name]);
        assert_eq!((accuracy, error), (Threshold::AtLeast(0.85), Threshold::AtMost(2.0)));
        assert_eq!(format!("{accuracy}, {error}"), "at least 0.85, at most 2");
        assert!(accuracy.is_met(0.85) && accuracy.is_met(1.0) && !accuracy.is_met(0.84));
        assert!(error.is_met(2.0) && error.is_met(-1.0) && !error.is_met(2.1));
        for figure in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!accuracy.is_met(figure) && !error.is_met(figure));
        }
        for (text, expected) in [
            ("\"q/accuracy\" = 0.85", "wanted string or table"),
            ("\"q/accuracy\" = { above = 0.85 }", "unknown variant `above`, expected `at_least` or `at_most`"),
            ("\"q/accuracy\" = { at_least = 0.1, at_most = 0.2 }", "more than 1"),
            ("\"q/accuracy\" = { at_least = nan }", "threshold `q/accuracy` is at least NaN, expected a number"),
            ("accuracy = { at_least = 1 }", "threshold `accuracy`: expected a name as of a probe, `question/case`"),
        ] {
            let error = format!("{:#}", manifest(text).unwrap_err());
            assert!(error.contains(expected), "{text}: expected `{expected}`, found {error}");
        }
    }

    #[test]
    fn errors_name_the_key() {
        let error = |text: &str| format!("{:#}", Manifest::parse(text).unwrap_err());
        let start = "title = \"T\"\npoints = 1\nwithheld = []\n";
        assert!(error("points = 1\nwithheld = []\n").contains("missing field `title`"));
        assert!(error(&format!("{start}[rules]\nmay_add_cell = true\n")).contains("unknown field `may_add_cell`"));
        assert!(error(&format!("{start}[budget]\nshort_minutes = 0\n")).contains("`budget.short_minutes` is 0"));
        assert!(error(&format!("tolerance = 0\n{start}")).contains("`tolerance` is 0, expected more than 0"));
        assert!(error(&format!("{start}[selftest]\nequal = {{}}\n")).contains("unknown field `equal`"));
        assert!(error("title = \" \"\npoints = 1\nwithheld = []\n").contains("`title` is empty"));
    }
}
