//! `nnkernel release --nbgrader`: assignments as the courses of nbgrader keep them.
//!
//! ```text
//! FOLDER/nbgrader_config.py              what nbgrader has to know of Rust
//! FOLDER/source/<name>/<name>.ipynb      the source: solutions, and hidden tests that assert
//! ```
//!
//! nbgrader runs hidden tests in the student's process and believes what that process says. Hidden tests cannot probe there; they
//! hold the right values, and are worth the trust that one has in those who are graded.

mod records;
mod reference;

use crate::assignment::{self, Assignment};
use crate::notebook;
use crate::passes::Fault;
use crate::passes::assert_probes::{assert_probes, check_values, mark_regions};
use crate::passes::own_stubs;
use crate::passes::strip_solutions::ANSWER_HERE;
use crate::paths;
use crate::run::relative;
use anyhow::{Context, Result};
use nbformat::v4;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

const CONFIGURATION: &str = include_str!("nbgrader_config.py");
/// Written in place of [`CONFIG_FILE`] where there is one of the teacher's own.
const OTHER_CONFIG_FILE: &str = "nnkernel_config.py";
const CONFIG_FILE: &str = "nbgrader_config.py";

/// In the metadata of a notebook, under nnlib's key: what kind of hidden tests it has.
const HIDDEN_TESTS: &str = "hidden_tests";
const TRUST: &str = "Hidden tests assert inside the student's process, and hold the right values: whoever wants to can make that \
                     process pass them. nnkernel's own grader compares outside.";

/// Writes `source`, an assignment's source that has been checked, into the course in `folder`; `located` tells of its faults.
pub fn write(
    assignment: &Assignment,
    source: &v4::Notebook,
    folder: &Path,
    timeout: u64,
    located: impl Fn(Fault) -> anyhow::Error,
) -> Result<()> {
    let seed = seed(source)?;
    let mut marked = source.clone();
    let count = mark_regions(&mut marked).map_err(&located)?;
    check_values(&marked).map_err(&located)?;
    let given = match count {
        0 => Vec::new(),
        _ => reference::probes(assignment, &marked, count, seed, timeout)?,
    };
    let mut asserting = source.clone();
    assert_probes(&mut asserting, &given, seed, &assignment.manifest.thresholds).map_err(&located)?;
    own_stubs::put(&mut asserting).map_err(&located)?;
    assignment::note(&mut asserting, HIDDEN_TESTS, TRUST);
    let place = folder.join("source").join(&assignment.name);
    paths::create_dir(&place)?;
    let path = place.join(format!("{}.ipynb", assignment.name));
    notebook::write(&asserting, &path)?;
    println!("{}: nbgrader's source is {}", assignment.name, relative(&path).display());
    configure(folder)
}

/// A number that nobody knows who does not know the solutions, and that stays the same while the source does.
fn seed(source: &v4::Notebook) -> Result<u32> {
    let digest = Sha256::digest(notebook::to_text(source)?);
    Ok(u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]))
}

/// Writes the configuration, without touching one that is not ours.
fn configure(folder: &Path) -> Result<()> {
    let text = CONFIGURATION.replace("@TEXT_STUB@", ANSWER_HERE);
    let path = folder.join(CONFIG_FILE);
    let mark = CONFIGURATION.lines().next().unwrap_or_default();
    if !path.exists() || read(&path)?.lines().next() == Some(mark) {
        return paths::write_atomically(&path, text.as_bytes());
    }
    let other = folder.join(OTHER_CONFIG_FILE);
    paths::write_atomically(&other, text.as_bytes())?;
    if !read(&path)?.contains(OTHER_CONFIG_FILE) {
        println!(
            "{} is another's: add the line `load_subconfig(\"{OTHER_CONFIG_FILE}\")` to it",
            relative(&path).display()
        );
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
