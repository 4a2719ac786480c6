//! The notebook as it was handed out: this program brings those of its own assignments along, and others are named.

use crate::assignment::{self, Assignment, Manifest};
use crate::grade::exam::Exam;
use crate::grade::submission::reading;
use crate::notebook;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The assignment whose notebook says that it is `named`, in `release` if that is given: the file, or the folder with it.
pub fn find(release: Option<&Path>, named: Option<&str>) -> Result<Exam> {
    let (assignment, bytes) = match (release, named) {
        (Some(release), _) => from_file(release)?,
        (None, Some(name)) => known(name)?,
        (None, None) => bail!(
            "it does not say which assignment it is of; expected a notebook that `nnkernel release` has made. If it is one of your \
             teacher's, give the notebook that was handed out: --release FILE"
        ),
    };
    if let Some(named) = named.filter(|named| *named != assignment.name) {
        bail!("it is of {named}, and what was handed out of {}", assignment.name);
    }
    let name = assignment.name.clone();
    let handed_out = reading::read(&bytes).map_err(|reason| anyhow!("what was handed out: {reason}"))?;
    let exam =
        Exam::of_release(assignment, handed_out.notebook).with_context(|| format!("what was handed out of {name}"))?;
    ensure!(!exam.questions.is_empty(), "what was handed out of {name} has no questions");
    Ok(exam)
}

fn known(name: &str) -> Result<(Assignment, Vec<u8>)> {
    let all = assignment::known()?;
    let names: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
    let manifest = all.into_iter().find(|(known, _)| known == name).map(|(_, manifest)| manifest);
    let (Some(manifest), Some(bytes)) = (manifest, assignment::released(name)) else {
        bail!(
            "this program does not know the assignment {name}; it knows {}. Give the notebook that was handed out: --release FILE",
            names.join(", ")
        );
    };
    Ok((Assignment { name: name.to_owned(), folder: PathBuf::new(), manifest }, bytes.to_vec()))
}

/// A file `<name>.ipynb`, or a folder with an assignment's manifest or with one notebook. Where there is no manifest beside it, its rules are
/// not known.
fn from_file(asked: &Path) -> Result<(Assignment, Vec<u8>)> {
    let file = match asked.is_dir() {
        true => in_folder(asked)?,
        false => asked.to_owned(),
    };
    let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let with_manifest =
        Assignment::around(&std::path::absolute(&file)?)?.filter(|assignment| assignment.student() == file_of(&file));
    let assignment = match with_manifest {
        Some(assignment) => assignment,
        None => {
            let document = notebook::read(&file)?;
            let name = reading::read(&bytes).ok().and_then(|handed_out| handed_out.assignment);
            let name = name.with_context(|| format!("{} does not say which assignment it is of", file.display()))?;
            let manifest = Manifest::of_notebook(&name, assignment::withheld(&document)?);
            Assignment { name, folder: PathBuf::new(), manifest }
        }
    };
    Ok((assignment, bytes))
}

fn file_of(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

fn in_folder(folder: &Path) -> Result<PathBuf> {
    if let Ok(Some(assignment)) = Assignment::around(&std::path::absolute(folder)?.join("any")) {
        return Ok(assignment.student());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension() == Some(OsStr::new("ipynb")));
    match files.as_slice() {
        [file] => Ok(file.clone()),
        _ => bail!("{}: expected one notebook (.ipynb), found {}", folder.display(), files.len()),
    }
}
